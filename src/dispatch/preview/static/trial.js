// "Send me a test": one message through the real server, and what it answers.

import { $, fill, make } from "./dom.js"
import { post } from "./server.js"
import { asReader } from "./state.js"

const REMEMBERED = "dispatch-test-address"
const dialog = /** @type {HTMLDialogElement} */ ($("test-dialog"))
const address = /** @type {HTMLInputElement} */ ($("test-address"))
const answer = $("test-answer")
const send = /** @type {HTMLButtonElement} */ ($("test-send"))

export function open() {
  address.value ||= sessionStorage.getItem(REMEMBERED) ?? ""
  fill(answer)
  dialog.showModal()
  address.select()
}

$("test-form").addEventListener("submit", async (event) => {
  event.preventDefault()
  if (send.disabled) return
  sessionStorage.setItem(REMEMBERED, address.value)
  send.disabled = true
  fill(answer, make("p", { class: "meta", text: "Sending …" }))
  try {
    const said = await post("test", asReader(), { address: address.value })
    if (said.fault) fill(answer, make("p", { class: "verdict error", text: said.fault.message }), make("p", { class: "mend", text: said.fault.hint ? `→ ${said.fault.hint}` : "" }))
    else fill(answer, make("p", { class: "verdict good", text: said.reply }))
  } catch {
    fill(answer, make("p", { class: "verdict error", text: "dispatch preview does not answer. Its terminal says why." }))
  } finally {
    send.disabled = false
  }
})
