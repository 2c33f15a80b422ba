// What the scripts say, in the reader's language. The English text is the key, as in gettext.

let words = {};
const place = document.getElementById("words");
if (place) words = JSON.parse(place.textContent);

// t("{n} left", {n: 3}) -> "3 left", in the reader's language.
export function t(text, values = {}) {
  return (words[text] || text).replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}
