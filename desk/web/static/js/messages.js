// The messages of the scripts, in the reader's language. The English text is the key, as in gettext.

/** @type {Record<string, string>} */
const messages = JSON.parse(document.getElementById("messages")?.textContent ?? "{}");

/**
 * Return the message in the reader's language, with the values in place of their {names}.
 * @param {string} text
 * @param {Record<string, string | number>} [values]
 */
export function t(text, values = {}) {
  return (messages[text] || text).replace(/\{(\w+)\}/g, (whole, name) => String(values[name] ?? whole));
}
