import { GATES, isGateName, NEVER_OVERRIDDEN } from '../../checks/index.js';
import { OrionError } from '../../problems/index.js';
import { nearestName } from '../nearest-name.js';

/**
 * The gates to be passed by name, with the reason.
 * @throws {OrionError} kind `usage` for an unknown gate, one that is never passed, or a missing reason
 */
export function overridesOf(
  gates: readonly string[],
  reason: string | null,
): ReadonlyMap<string, string> {
  for (const gate of gates) {
    if (!isGateName(gate)) {
      const meant = nearestName(gate, GATES);
      const guess = meant === null ? '' : `Did you mean ${meant}? `;
      throw refused(`There is no gate ${gate}`, `${guess}Gates are: ${GATES.join(', ')}.`);
    }
    if (NEVER_OVERRIDDEN.includes(gate)) {
      throw refused(`The gate ${gate} cannot be overridden`, 'What it guards has to be put right.');
    }
  }
  if (gates.length > 0 && (reason ?? '').trim() === '') {
    throw refused(
      'An override needs a reason',
      'Say it with --reason TEXT; it is kept in the journal.',
    );
  }
  return new Map(gates.map((gate) => [gate, reason ?? '']));
}

function refused(message: string, hint: string): OrionError {
  return new OrionError({
    kind: 'usage',
    code: 'gate.override-refused',
    message: `${message}.`,
    hint: `Nothing was changed. ${hint}`,
    next: ['orion-bus migrate --help'],
  });
}
