// The message's header fields, as they are sent.

import { $, fill, make } from "./dom.js"

const panel = $("panel-message")

/** @param {{headers: {name: string, raw: string, text: string | null}[], octets: number}} message */
export function show(message) {
  const rows = message.headers.flatMap(({ name, raw, text }) => [
    make("dt", { text: name }),
    make("dd", {}, make("code", { text: raw }), text ? make("span", { class: "meta", text }) : null),
  ])
  const size = `The whole message has ${Math.ceil(message.octets / 1024)} KB.`
  fill(panel, make("dl", { class: "headers" }, ...rows), make("p", { class: "meta", text: size }))
}

/** @param {import("./server.js").Fault} fault */
export const fail = (fault) =>
  fill(panel, make("p", { class: "verdict error", text: fault.message }), make("p", { class: "mend", text: fault.hint ?? "" }))
