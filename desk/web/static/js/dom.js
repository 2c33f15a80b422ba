// The page's elements: found, made, and of the type they are said to be.

/**
 * Find one element; throw where there is none of that type.
 * @template {Element} [T=HTMLElement]
 * @param {ParentNode} root
 * @param {string} selector
 * @param {new () => T} [type]
 * @returns {T}
 */
export function query(root, selector, type) {
  const found = root.querySelector(selector);
  if (!(found instanceof (type ?? HTMLElement))) throw new TypeError(`The page has no ${selector}.`);
  return /** @type {T} */ (found);
}

/**
 * Find all elements; others than of that type are left out.
 * @template {Element} [T=HTMLElement]
 * @param {ParentNode} root
 * @param {string} selector
 * @param {new () => T} [type]
 * @returns {T[]}
 */
export function queryAll(root, selector, type) {
  const found = [...root.querySelectorAll(selector)].filter((each) => each instanceof (type ?? HTMLElement));
  return /** @type {T[]} */ (found);
}

/**
 * @template {Element} [T=HTMLElement]
 * @param {string} id
 * @param {new () => T} [type]
 * @returns {T}
 */
export const byId = (id, type) => query(document, `#${id}`, type);

/**
 * Return what was hit by an event, or what that lies in; null where neither fits.
 * @param {Event} event
 * @param {string} selector
 * @returns {HTMLElement | null}
 */
export function closest(event, selector) {
  return event.target instanceof Element ? event.target.closest(selector) : null;
}

/**
 * Make an element with these properties and contents.
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Partial<HTMLElementTagNameMap[K]>} [properties]
 * @param {...(Node | string)} contents
 * @returns {HTMLElementTagNameMap[K]}
 */
export function create(tag, properties = {}, ...contents) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...contents);
  return made;
}

/**
 * Return what a field of a form holds.
 * @param {HTMLFormElement} form
 * @param {string} name
 */
export const fieldValue = (form, name) => String(new FormData(form).get(name) ?? "");

/**
 * Show a message in its place; hide the place where there is none.
 * @param {HTMLElement} place
 * @param {string} text
 */
export function showMessage(place, text) {
  place.textContent = text;
  place.hidden = !text;
}
