// The seed beside the page: a click in one marks its place in the other.

import { $, fill, make } from "./dom.js"

/** @typedef {{name: string, lines: {text: string, role: string}[]}} Source */

const panel = $("panel-source")
const QUIET = new Set(["blank", "front matter", "dropped", "underline"])
let shown = ""
let chosen = { file: "", line: 0 }

/**
 * Show the seeds of an edition.
 * @param {Source[]} sources
 * @param {(file: string, line: number) => void} pick
 */
export function show(sources, pick) {
  const now = JSON.stringify(sources)
  if (now === shown) return
  shown = now
  const top = panel.scrollTop
  fill(panel, ...sources.flatMap((source) => seed(source, pick)))
  panel.scrollTop = top
  choose(chosen.file, chosen.line, false)
}

/** @param {Source} source @param {(file: string, line: number) => void} pick */
function seed(source, pick) {
  const list = make("ol", { class: "seed", role: "listbox", tabindex: 0, "aria-label": source.name })
  list.append(...source.lines.map(({ text, role }, at) => line(source.name, at + 1, text, role)))
  const go = (/** @type {Element | null | undefined} */ element) => {
    if (!(element instanceof HTMLElement)) return
    choose(source.name, Number(element.dataset.number))
    pick(source.name, chosen.line)
  }
  list.addEventListener("click", (event) => go(/** @type {Element} */ (event.target).closest("li")))
  list.addEventListener("keydown", (event) => {
    const current = list.querySelector("[aria-selected=true]")
    const next = { ArrowDown: current?.nextElementSibling, ArrowUp: current?.previousElementSibling }
    if (event.key in next || event.key === "Enter") {
      event.preventDefault()
      go(event.key === "Enter" ? current : (next[/** @type {"ArrowDown" | "ArrowUp"} */ (event.key)] ?? current ?? list.firstElementChild))
    }
  })
  return [make("h2", { class: "file", text: source.name }), list]
}

/** @param {string} file @param {number} number @param {string} text @param {string} role */
function line(file, number, text, role) {
  return make(
    "li",
    {
      class: QUIET.has(role) ? "line faint" : "line",
      role: "option",
      id: `line-${number}-${file}`,
      "data-number": number,
      "data-role": role,
      "aria-selected": "false",
      title: role,
    },
    make("span", { class: "number", "aria-hidden": "true", text: number }),
    make("span", { class: "words", text: text || " " }),
  )
}

/** Mark a line and bring it into sight. @param {string} file @param {number} number @param {boolean} [scroll] */
export function choose(file, number, scroll = true) {
  chosen = { file, line: number }
  for (const other of panel.querySelectorAll("[aria-selected=true]")) other.setAttribute("aria-selected", "false")
  const element = document.getElementById(`line-${number}-${file}`)
  if (!element) return
  element.setAttribute("aria-selected", "true")
  element.parentElement?.setAttribute("aria-activedescendant", element.id)
  const [line, room] = [element.getBoundingClientRect(), panel.getBoundingClientRect()]
  if (scroll && (line.top < room.top + 40 || line.bottom > room.bottom)) element.scrollIntoView({ block: "center", behavior: "instant" })
}
