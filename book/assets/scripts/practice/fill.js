// Numbers as the book writes them, and templates of problems.json that are filled with them.

export function shown(value) {
  if (Array.isArray(value)) return value.map(shown).join(", ");
  return String(value).replace("-", "−").replace(/\B(?=(\d{3})+$)/g, ",");
}

export const fill = (template, numbers) => template.replace(/\{(\w+)\}/g, (_, name) => shown(numbers[name]));
