/** What an object has by itself, without what a script of the page may have given to `Object.prototype`. */
export function own(object) {
  return { __proto__: null, ...object };
}
