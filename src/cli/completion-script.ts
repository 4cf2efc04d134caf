// biome-ignore-all lint/suspicious/noTemplateCurlyInString: so a shell writes its variables.
import type { CommandWords, FlagValue } from './completion-words.js';

/** Shells that a script is written for. zsh takes that of bash, by its own bashcompinit. */
export const SHELLS = ['bash', 'zsh'] as const;

export type Shell = (typeof SHELLS)[number];

/** A script for the shell to read at its start: it knows all words itself, and starts nothing. */
export function completionScript(
  shell: Shell,
  bin: string,
  table: readonly CommandWords[],
): string {
  const name = `_${bin.replaceAll('-', '_')}`;
  const paths = table.filter(({ path }) => path !== '').map(({ path }) => quoted(path));
  const head = shell === 'zsh' ? ['autoload -U +X bashcompinit && bashcompinit', ''] : [];
  return [
    ...head,
    `${name}() {`,
    '  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} path= words= at',
    '  COMPREPLY=()',
    // Bash takes the = of --format=json for a word of its own.
    '  if [[ $word == "=" ]]; then word=',
    '  elif [[ $before == "=" ]]; then before=${COMP_WORDS[COMP_CWORD-2]}; fi',
    '  for ((at = 1; at < COMP_CWORD; at++)); do',
    '    case "${path:+$path }${COMP_WORDS[at]}" in',
    `      ${paths.join('|')}) path="\${path:+$path }\${COMP_WORDS[at]}" ;;`,
    '      *) break ;;',
    '    esac',
    '  done',
    '  case "$path $before" in',
    ...answers(table).map(([answer, flags]) => `    ${flags.join('|')}) ${answer} ;;`),
    '  esac',
    '  if [[ -z $words ]]; then',
    '    case "$path" in',
    ...table.map(({ path, words, flags }) => {
      const shown = words.length === 0 ? flags : words;
      return `      ${quoted(path)}) words=${quoted(shown.join(' '))}; [[ $word == -* ]] && words=${quoted(flags.join(' '))} ;;`;
    }),
    '    esac',
    '  fi',
    '  COMPREPLY=($(compgen -W "$words" -- "$word"))',
    '}',
    `complete -o default -F ${name} ${bin}`,
    '',
  ].join('\n');
}

/** What is answered behind a flag, with all flags, as `command --flag`, that have the same answer. */
function answers(
  table: readonly CommandWords[],
): readonly (readonly [string, readonly string[]])[] {
  const flags = new Map<string, string[]>();
  for (const { path, values } of table) {
    for (const [flag, value] of values) {
      const found = flags.get(answer(value)) ?? [];
      flags.set(answer(value), [...found, quoted(`${path} ${flag}`)]);
    }
  }
  return [...flags];
}

/** Without an answer of ours the shell completes files, as `-o default` says. */
function answer(value: FlagValue): string {
  if (value === 'file') return 'return';
  if (value === 'anything') return 'compopt +o default 2>/dev/null; return';
  return `words=${quoted(value.join(' '))}`;
}

/** One word to a shell, whatever is in it: names come from a configuration. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
