// The edition as a row of an inbox, cut where each mail program cuts it at its own width.

import { $, fill, make } from "./dom.js"

/** @typedef {{sender: string, subject: string, snippet: string}} Row */

// Widths and lines as the programs lay out their lists by default; `lines` is how many the preheader gets.
const PROGRAMS = [
  { name: "Gmail, in a browser", look: "gmail-web" },
  { name: "Gmail, on a phone", look: "gmail-phone" },
  { name: "Apple Mail, on an iPhone", look: "apple-phone" },
  { name: "Outlook, on a phone", look: "outlook-phone" },
  { name: "Outlook, on a desktop", look: "outlook-desktop" },
  { name: "Apple Mail, on a Mac", look: "apple-mac" },
]
const panel = $("panel-inbox")

/** @param {Row} row @param {string} scheme */
export function show(row, scheme) {
  const dark = scheme === "dark"
  fill(panel, make("div", { class: `inboxes ${dark ? "dark" : "light"}` }, ...PROGRAMS.map((each) => program(each, row))))
  for (const figure of panel.querySelectorAll("figure")) {
    const said = [...figure.querySelectorAll("[data-part]")].map((part) => {
      const cut = part.scrollWidth > part.clientWidth + 1 || part.scrollHeight > part.clientHeight + 2
      return `${/** @type {HTMLElement} */ (part).dataset.part} ${cut ? "cut" : "whole"}`
    })
    figure.append(make("figcaption", { class: "meta", text: `${figure.dataset.name}: ${said.join(", ")}` }))
  }
}

/** @param {{name: string, look: string}} program @param {Row} row */
function program({ name, look }, { sender, subject, snippet }) {
  const part = (/** @type {string} */ what, /** @type {string} */ text) =>
    make("span", { class: what, "data-part": what, dir: "auto", text })
  return make(
    "figure",
    { "data-name": name },
    make(
      "div",
      { class: `row ${look}` },
      make("span", { class: "face", "aria-hidden": "true", text: [...sender][0]?.toUpperCase() ?? "" }),
      part("sender", sender),
      make("time", { text: "07:00" }),
      part("subject", subject),
      part("preheader", snippet),
    ),
  )
}
