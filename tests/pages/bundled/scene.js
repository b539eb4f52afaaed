// The other module with a function of that name.

export function move(count) {
  document.title = `${count} steps`;
}
