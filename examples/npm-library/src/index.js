/** The greeting for a name; for everybody without one. */
export function greet(name = '') {
  const who = name.trim();
  return who === '' ? 'Hello!' : `Hello, ${who}!`;
}
