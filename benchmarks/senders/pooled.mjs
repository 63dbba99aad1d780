// Mails one edition to many readers through nodemailer's pool: node pooled.mjs PORT CONNECTIONS READERS EDITION.json
import { readFileSync } from "node:fs";
import { createTransport } from "nodemailer";

const [port, connections, readers] = process.argv.slice(2, 5).map(Number);
const { subject, html, text, unsubscribe, slot } = JSON.parse(readFileSync(process.argv[5], "utf8"));
const transport = createTransport({
  host: "127.0.0.1",
  port,
  ignoreTLS: true,
  pool: true,
  maxConnections: connections,
  maxMessages: Infinity,
});

function mail(number) {
  const token = `${slot}${number}`;
  return transport.sendMail({
    from: { name: "The Dispatch", address: "news@example.org" },
    to: `reader${number}@example.org`,
    replyTo: "editors@example.org",
    subject,
    html: html.replaceAll(slot, token),
    text: text.replaceAll(slot, token),
    headers: { "List-Unsubscribe": unsubscribe.replaceAll(slot, token), Precedence: "bulk" },
  });
}

await Promise.all(Array.from({ length: readers }, (_, number) => mail(number)));
transport.close();
