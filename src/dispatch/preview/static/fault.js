// What keeps the edition from being composed, at its file and line.

import { $, fill, make } from "./dom.js"

const box = $("fault")

/** @param {import("./server.js").Fault | null} fault */
export function show(fault) {
  document.body.classList.toggle("broken", Boolean(fault))
  box.hidden = !fault
  if (!fault) return fill(box)
  const place = fault.file ? `${fault.file}${fault.line ? `:${fault.line}` : ""}` : ""
  const lines = fault.excerpt.map(([number, text]) =>
    make("span", { class: number === fault.line ? "line here" : "line" }, make("span", { class: "number", text: number }), text || " "),
  )
  fill(
    box,
    place ? make("p", { class: "place", text: place }) : "",
    make("p", { class: "said", text: fault.message }),
    lines.length ? make("pre", { class: "excerpt" }, ...lines) : "",
    fault.hint ? make("p", { class: "mend", text: `→ ${fault.hint}` }) : "",
  )
}
