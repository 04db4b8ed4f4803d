// Checks the scripts in assets/: no line over 120 characters, no file over 150 lines, and what their types say.

import { execFileSync } from 'node:child_process';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';

const MOST_LINES = 150;
const MOST_CHARACTERS = 120;
const here = import.meta.dirname;
const assets = resolve(here, '../../assets');

async function tooLong() {
  const files = (await readdir(assets, { recursive: true }))
    .filter((name) => name.endsWith('.js') && !/^(vendor|demo)\b/.test(name)).sort();
  const problems = [];
  for (const name of files) {
    const lines = (await readFile(join(assets, name), 'utf8')).trimEnd().split('\n');
    if (lines.length > MOST_LINES) problems.push(`assets/${name}: ${lines.length} lines`);
    lines.forEach((line, at) => {
      const { length } = [...line];
      if (length > MOST_CHARACTERS) problems.push(`assets/${name}:${at + 1}: ${length} characters`);
    });
  }
  return problems;
}

/** A JSON schema as a type. */
function type(schema) {
  if (schema === true) return 'unknown';
  if (schema.$ref) return schema.$ref.split('/').at(-1);
  if (schema.oneOf) return schema.oneOf.map(type).join(' | ');
  if (schema.allOf) return schema.allOf.map((one) => `(${type(one)})`).join(' & ');
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(' | ');
  if (Array.isArray(schema.type)) return schema.type.map((one) => type({ ...schema, type: one })).join(' | ');
  switch (schema.type) {
    case 'array': return schema.prefixItems ? `[${schema.prefixItems.map(type).join(', ')}]` : `(${type(schema.items)})[]`;
    case 'object': return object(schema);
    case 'integer': return 'number';
    case undefined: return 'unknown';
    default: return schema.type;
  }
}

function object({ properties, required = [], additionalProperties }) {
  if (!properties) return `Record<string, ${additionalProperties ? type(additionalProperties) : 'unknown'}>`;
  const fields = Object.entries(properties).map(([name, schema]) =>
    `${JSON.stringify(name)}${required.includes(name) ? '' : '?'}: ${type(schema)}`);
  return `{ ${fields.join('; ')} }`;
}

/** What the API takes and gives, as types that scripts name `Api.EventDetail` and so on. */
async function writeApiTypes() {
  const { components } = JSON.parse(await readFile(join(here, '../it/openapi.json'), 'utf8'));
  const types = Object.entries(components.schemas).map(([name, schema]) => `  type ${name} = ${type(schema)};`);
  const head = '// Written by check.mjs from tests/it/openapi.json.';
  await writeFile(join(here, 'types/api.d.ts'), `${head}\ndeclare namespace Api {\n${types.join('\n')}\n}\n`);
}

const problems = await tooLong();
for (const problem of problems) console.error(problem);
await writeApiTypes();
const compiler = createRequire(import.meta.url).resolve('typescript/bin/tsc');
try {
  execFileSync(process.execPath, [compiler, '--project', here], { stdio: 'inherit' });
} catch {
  process.exit(1);
}
process.exit(problems.length ? 1 : 0);
