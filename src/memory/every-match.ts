/** Every match of an expression with the flag `g`, as `matchAll` gives them; without the copy of the expression that `matchAll` makes each time. */
export function everyMatch(form: RegExp, text: string): RegExpExecArray[] {
  const found: RegExpExecArray[] = []
  form.lastIndex = 0
  for (let match = form.exec(text); match !== null; match = form.exec(text)) {
    found.push(match)
    if (match[0] === '') form.lastIndex++
  }
  return found
}
