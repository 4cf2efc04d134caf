import { describe, expect, it } from 'vitest';
import { loadConfig, namedOnHost, starterConfig } from '../../src/config/index.js';
import { configRoom } from './room.js';

const room = configRoom();
const NOTHING_MISSES = { absentServices: [], missingFiles: [] };

describe('the configuration to begin with', () => {
  it('says what holds without a file, and no more', async () => {
    const env = { ORION_BUS_STATE_DIR: '/var/lib/lab' };
    const shared = { env, cwd: '/', packageRoot: '/opt/orion-bus' };
    const written = await room.load(starterConfig(NOTHING_MISSES), { env });
    const { file: _, ...rest } = await loadConfig({ ...shared, cwd: room.directory });
    expect(written).toEqual({ ...rest, file: room.file });
  });

  it('has a reason beside every part, and redis first', () => {
    const text = starterConfig(NOTHING_MISSES);
    const lines = text.split('\n');
    const parts = lines.filter((line) => /^\w+:/.test(line));
    expect(parts[0]).toBe('redis:');
    for (const part of parts) expect(lines[lines.indexOf(part) - 1], part).toMatch(/^# \S/);
    // No anchors, which a reader would have to look up, and no empty parts.
    expect(text).not.toMatch(/[&*]a\d|\{\s*\}/);
  });

  it('shows in its header an archive that can be taken as it stands', async () => {
    const text = starterConfig(NOTHING_MISSES);
    const [example = ''] = /^#\s+archive: \{[^}]*\}/m.exec(text) ?? [];
    const env = { ORION_BUS_STATE_DIR: '/var/lib/lab' };
    const { archive } = await room.load(example.replaceAll(/^# {3}/gm, ''), { env });
    expect(archive).toMatchObject({ path: 'bus/python/orion-bus', documents: ['README.md'] });
  });

  it('says where this host lacks what it names', () => {
    const text = starterConfig({
      absentServices: ['orion-memory'],
      missingFiles: ['/etc/orion/brain.env'],
    });
    expect(text).toMatch(/# Not installed on this host\.\n +service: orion-memory\n/);
    // As a module and as a publisher.
    expect(
      text.match(/# Not there on this host\.\n +file: \/etc\/orion\/brain\.env/g),
    ).toHaveLength(2);
  });

  it('names each service and each file once', () => {
    const { services, files } = namedOnHost();
    expect(services).toHaveLength(new Set(services).size);
    expect(services).toEqual(expect.arrayContaining(['orion-bus-python', 'orion-edge-agent']));
    expect(files).toContain('/etc/orion/edge-agent.env');
  });
});
