// What `dispatch check` finds, each finding leading to its element or its line.

import { $, fill, make, many } from "./dom.js"

/**
 * @typedef {{rule: string, group: string, severity: "error" | "warning" | "note", message: string, file: string | null,
 *   line: number | null, element: string | null, why: string, mend: string}} Finding
 */

const MARKS = { error: "✗", warning: "!", note: "·" }
const panel = $("panel-findings")
const count = $("count")
let shown = ""

/**
 * @param {{findings: Finding[], clients: Record<string, number>}} looked
 * @param {number} readers how many readers' fields were looked at, at most
 * @param {(finding: Finding) => void} pick
 */
export function show(looked, readers, pick) {
  const now = JSON.stringify([looked, readers])
  panel.removeAttribute("aria-busy")
  if (now === shown) return
  shown = now
  const chosen = panel.querySelector("[aria-current]")?.getAttribute("data-key")
  const worst = looked.findings[0]?.severity ?? "none"
  count.textContent = looked.findings.length ? String(looked.findings.length) : ""
  count.className = `count ${worst}`
  const list = make("ul", { class: "findings" }, ...looked.findings.map((each) => finding(each, pick)))
  const whose = readers ? `With the fields of the list’s first ${readers.toLocaleString("en")} readers.` : ""
  fill(
    panel,
    make("p", { class: `verdict ${worst}`, text: verdict(looked.findings) }),
    whose ? make("p", { class: "whose meta", text: whose }) : "",
    list,
    programs(looked.clients),
  )
  panel.querySelector(`[data-key="${CSS.escape(chosen ?? "")}"]`)?.setAttribute("aria-current", "true")
}

export function blank() {
  shown = ""
  count.textContent = ""
  fill(panel)
}

/** @param {{message: string, hint: string | null}} fault */
export function fail(fault) {
  blank()
  fill(panel, make("p", { class: "verdict error", text: fault.message }), make("p", { class: "mend", text: fault.hint ?? "" }))
}

/** @param {Finding[]} findings */
function verdict(findings) {
  if (!findings.length) return "Nothing to mend."
  const said = ["error", "warning", "note"].map((severity) => {
    const number = findings.filter((each) => each.severity === severity).length
    return number ? many(number, severity) : ""
  })
  const refused = findings[0].severity === "error" ? " dispatch send refuses it." : ""
  return `${said.filter(Boolean).join(", ")}.${refused}`
}

/** @param {Finding} found @param {(finding: Finding) => void} pick */
function finding(found, pick) {
  const place = found.file ? `${found.file}${found.line ? `:${found.line}` : ""}` : ""
  const key = `${found.rule} ${place} ${found.message}`
  const choose = (/** @type {Event} */ event) => {
    panel.querySelector("[aria-current]")?.removeAttribute("aria-current")
    const button = /** @type {Element} */ (event.currentTarget)
    button.setAttribute("aria-current", "true")
    button.scrollIntoView({ block: "nearest" })
    pick(found)
  }
  return make(
    "li",
    {},
    make(
      "button",
      { class: `finding ${found.severity}`, "data-rule": found.rule, "data-key": key, onclick: choose },
      make("span", { class: "mark", "aria-hidden": "true", text: MARKS[found.severity] }),
      make("span", { class: "hidden", text: `${found.severity}: ` }),
      make("span", { class: "said", text: found.message }),
      make("span", { class: "where meta", text: [place, found.rule].filter(Boolean).join(" · ") }),
      make("span", { class: "mend", text: `${found.why} ${found.mend}`.replaceAll("`", "") }),
    ),
  )
}

/** @param {Record<string, number>} clients */
function programs(clients) {
  const rows = Object.entries(clients).flatMap(([name, share]) => {
    const label = name.split("-").map((word) => word[0].toUpperCase() + word.slice(1)).join(" ")
    return [make("dt", { text: label }), make("dd", {}, make("meter", { min: 0, max: 100, value: share, "aria-label": label }), `${share} %`)]
  })
  return make("section", { class: "programs" }, make("h2", { text: "Known to mail programs" }), make("dl", {}, ...rows))
}

/** Go to the next finding, or the one before. @param {1 | -1} step */
export function walk(step) {
  const buttons = /** @type {HTMLElement[]} */ ([...panel.querySelectorAll("button.finding")])
  if (!buttons.length) return
  const now = buttons.findIndex((button) => button.hasAttribute("aria-current"))
  const next = now < 0 && step < 0 ? buttons.length - 1 : (now + step + buttons.length) % buttons.length
  buttons[next].click()
}
