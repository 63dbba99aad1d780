// How wide the page is shown: a device's width, or any. What is wider than the stage is shown smaller.

import { $ } from "./dom.js"
import { narrow } from "./frame.js"
import { change, state } from "./state.js"

const device = $("device")
const frame = $("frame")
const edge = $("edge")
const stage = /** @type {HTMLElement} */ ($("panel-page"))
const [LEAST, MOST] = [280, 1400]

/** Give the page the width that is chosen. */
export function fit() {
  const free = state.width === "free"
  const wanted = free ? state.free : Number(state.width)
  const style = getComputedStyle(stage)
  const room = stage.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight)
  const height = stage.clientHeight - parseFloat(style.paddingTop) - parseFloat(style.paddingBottom)
  if (room <= 0) return
  const scale = Math.min(1, room / wanted)
  frame.style.width = `${wanted}px`
  frame.style.height = `${height / scale}px`
  frame.style.transform = scale < 1 ? `scale(${scale})` : ""
  device.style.width = `${wanted * scale}px`
  device.style.height = `${height}px`
  device.classList.toggle("phone", wanted < 480)
  narrow(wanted <= 768)
  edge.hidden = !free
  edge.setAttribute("aria-valuenow", String(wanted))
  $("size").textContent = scale < 1 ? `${wanted} px, shown at ${Math.round(scale * 100)} %` : `${wanted} px`
}

/** @param {number} width */
function widen(width) {
  change({ free: Math.round(Math.max(LEAST, Math.min(MOST, width))) })
  fit()
}

edge.addEventListener("pointerdown", (event) => {
  edge.setPointerCapture(event.pointerId)
  const [from, width] = [event.clientX, state.free]
  // The page stays in the middle, so that its edge moves half as far as it grows.
  const move = (/** @type {PointerEvent} */ moved) => widen(width + 2 * (moved.clientX - from))
  edge.addEventListener("pointermove", move)
  edge.addEventListener("lostpointercapture", () => edge.removeEventListener("pointermove", move), { once: true })
})
edge.addEventListener("keydown", (event) => {
  const step = { ArrowRight: 10, ArrowUp: 10, ArrowLeft: -10, ArrowDown: -10, PageUp: 100, PageDown: -100 }[event.key]
  if (!step) return
  event.preventDefault()
  widen(state.free + step)
})
new ResizeObserver(fit).observe(stage)
