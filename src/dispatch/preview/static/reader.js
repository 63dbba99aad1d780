// Whose edition it is: any subscriber of a list, found by a part of the address.

import { $, fill, make, many } from "./dom.js"
import { json } from "./server.js"
import { state } from "./state.js"

const dialog = /** @type {HTMLDialogElement} */ ($("reader-dialog"))
const list = /** @type {HTMLSelectElement} */ ($("list"))
const search = /** @type {HTMLInputElement} */ ($("search"))
const found = $("found")
const note = $("found-note")
let asking = new AbortController()
let choose = (/** @type {string} */ _list, /** @type {string} */ _address) => {}

/** @param {(list: string, address: string) => void} chosen */
export function listen(chosen) {
  choose = chosen
  list.addEventListener("change", () => {
    choose(list.value, "")
    look()
  })
  search.addEventListener("input", look)
  search.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    if (step) move(step)
    else if (event.key === "Enter") take(found.querySelector("[aria-selected=true]"))
    else return
    event.preventDefault()
  })
  found.addEventListener("click", (event) => take(/** @type {Element} */ (event.target).closest("[role=option]")))
  $("nobody").addEventListener("click", () => take(null))
}

/** The lists there are. @param {string[]} names */
export function offer(names) {
  fill(list, make("option", { value: "", text: "no list" }), ...names.map((name) => make("option", { value: name, text: name })))
  list.value = state.list
}

/** Open the dialog; where there is but one list, it is taken. @param {string[]} names */
export function open(names) {
  if (!state.list && names.length === 1) choose(names[0], "")
  list.value = state.list
  dialog.showModal()
  ;(state.list ? search : list).focus()
  look()
}

async function look() {
  asking.abort()
  asking = new AbortController()
  if (!list.value) {
    answer([], "Choose a list.")
    return
  }
  note.textContent = "Looking …"
  try {
    const said = await json("readers", [["list", list.value], ["search", search.value]], asking.signal)
    if (said.fault) answer([], said.fault.message)
    else answer(said.readers, said.readers.length < said.most ? many(said.readers.length, "subscriber") : `The first ${said.most}; type more of the address.`)
  } catch (error) {
    if (/** @type {Error} */ (error).name !== "AbortError") note.textContent = "dispatch preview does not answer."
  }
}

/** @param {{line: number, fields: Record<string, string>}[]} readers @param {string} said */
function answer(readers, said) {
  fill(found, ...readers.map(({ fields }, at) => option(fields, at)))
  search.setAttribute("aria-expanded", String(readers.length > 0))
  note.textContent = said
  select(found.firstElementChild)
}

/** @param {Record<string, string>} fields @param {number} at */
function option(fields, at) {
  const others = Object.entries(fields).filter(([name, value]) => name !== "email" && value)
  return make(
    "li",
    { role: "option", id: `found-${at}`, "data-address": fields.email, "aria-selected": "false" },
    make("span", { text: fields.email }),
    make("span", { class: "meta", text: others.map(([name, value]) => `${name} ${value}`).join(" · ") }),
  )
}

/** @param {Element | null} element */
function select(element) {
  found.querySelector("[aria-selected=true]")?.setAttribute("aria-selected", "false")
  element?.setAttribute("aria-selected", "true")
  element?.scrollIntoView({ block: "nearest" })
  if (element) search.setAttribute("aria-activedescendant", element.id)
  else search.removeAttribute("aria-activedescendant")
}

/** @param {number} step */
function move(step) {
  const now = found.querySelector("[aria-selected=true]")
  select((step > 0 ? now?.nextElementSibling : now?.previousElementSibling) ?? now)
}

/** @param {Element | null} element */
function take(element) {
  dialog.close()
  choose(list.value, element?.getAttribute("data-address") ?? "")
}
