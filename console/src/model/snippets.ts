/** How clients connect to this very server. */
import { namespaceText } from './route';

export interface Target {
  /** "http://127.0.0.1:8080" */
  origin: string;
  warehouse: string;
  /** Unset: the warehouse as a whole. */
  namespace?: string[];
  name?: string;
  authenticates: boolean;
}

export interface Snippet {
  client: string;
  language: string;
  text: string;
}

const id = '<client id>';
const secret = '<client secret>';

function pythonText(text: string): string {
  return `"${text.replace(/[\\"]/g, '\\$&')}"`;
}

function sqlName(parts: string[]): string {
  return parts
    .map((part) => (/^[a-z_][a-z0-9_]*$/.test(part) ? part : `"${part.replaceAll('"', '""')}"`))
    .join('.');
}

function sparkName(parts: string[]): string {
  return parts
    .map((part) => (/^[a-z_][a-z0-9_]*$/i.test(part) ? part : `\`${part.replaceAll('`', '``')}\``))
    .join('.');
}

function pyIceberg(target: Target): string {
  const uri = `${target.origin}/catalog`;
  const options = [`uri=${pythonText(uri)}`, `warehouse=${pythonText(target.warehouse)}`];
  if (target.authenticates) options.push(`credential=${pythonText(`${id}:${secret}`)}`);
  const lines = [
    'from pyiceberg.catalog.rest import RestCatalog',
    '',
    `catalog = RestCatalog("tarn", ${options.join(', ')})`,
  ];
  if (target.namespace && target.name) {
    const levels = [...target.namespace, target.name].map(pythonText).join(', ');
    lines.push(
      `table = catalog.load_table((${levels}))`,
      'print(table.scan(limit=10).to_pandas())',
    );
  } else {
    lines.push('print(catalog.list_namespaces())');
  }
  return lines.join('\n');
}

function spark(target: Target): string {
  const set = (key: string, value: string) =>
    `  --conf 'spark.sql.catalog.tarn${key}=${value.replaceAll("'", "'\\''")}'`;
  const lines = [
    'spark-sql',
    set('', 'org.apache.iceberg.spark.SparkCatalog'),
    set('.type', 'rest'),
    set('.uri', `${target.origin}/catalog`),
    set('.warehouse', target.warehouse),
  ];
  if (target.authenticates) lines.push(set('.credential', `${id}:${secret}`));
  const query =
    target.namespace && target.name
      ? `\n\nSELECT * FROM ${sparkName(['tarn', ...target.namespace, target.name])} LIMIT 10;`
      : '\n\nSHOW NAMESPACES IN tarn;';
  return lines.join(' \\\n') + query;
}

function trino(target: Target): string {
  const lines = [
    '# etc/catalog/tarn.properties',
    'connector.name=iceberg',
    'iceberg.catalog.type=rest',
    `iceberg.rest-catalog.uri=${target.origin}/catalog`,
    `iceberg.rest-catalog.warehouse=${target.warehouse}`,
  ];
  if (target.authenticates) {
    lines.push(
      'iceberg.rest-catalog.security=OAUTH2',
      `iceberg.rest-catalog.oauth2.credential=${id}:${secret}`,
    );
  }
  if ((target.namespace?.length ?? 0) > 1)
    lines.push('iceberg.rest-catalog.nested-namespace-enabled=true');
  if (target.namespace && target.name) {
    lines.push(
      '',
      `SELECT * FROM ${sqlName(['tarn', target.namespace.join('.'), target.name])} LIMIT 10;`,
    );
  } else {
    lines.push('', 'SHOW SCHEMAS FROM tarn;');
  }
  return lines.join('\n');
}

function sqlText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

function duckDb(target: Target): string {
  const lines = ['INSTALL iceberg; LOAD iceberg;'];
  const options = ['TYPE iceberg', `ENDPOINT ${sqlText(`${target.origin}/catalog`)}`];
  if (target.authenticates) {
    lines.push(
      `CREATE SECRET tarn (TYPE iceberg, CLIENT_ID ${sqlText(id)}, CLIENT_SECRET ${sqlText(secret)},`,
      `  OAUTH2_SERVER_URI ${sqlText(`${target.origin}/catalog/v1/oauth/tokens`)});`,
    );
    options.push('SECRET tarn');
  } else {
    options.push("AUTHORIZATION_TYPE 'none'");
  }
  lines.push(`ATTACH ${sqlText(target.warehouse)} AS tarn (${options.join(', ')});`);
  lines.push(
    target.namespace && target.name
      ? `SELECT * FROM ${sqlName(['tarn', target.namespace.join('.'), target.name])} LIMIT 10;`
      : 'SHOW ALL TABLES;',
  );
  return lines.join('\n');
}

export function snippetsFor(target: Target): Snippet[] {
  return [
    { client: 'PyIceberg', language: 'python', text: pyIceberg(target) },
    { client: 'Spark', language: 'shell', text: spark(target) },
    { client: 'Trino', language: 'properties', text: trino(target) },
    { client: 'DuckDB', language: 'sql', text: duckDb(target) },
  ];
}

/** What `tarn` is told about a table on its command line. */
export function tarnArgument(namespace: string[], name: string): string {
  const text = namespaceText([...namespace, name]);
  return /^[\w.-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
