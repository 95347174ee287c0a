/** What each source asks for. */
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import type { Connection } from '../api/service';
import { connectionTypeOf, type Way } from '../model/load_request';
import { Check, Choose, Field } from '../ui/fields';

function Format() {
  return (
    <>
      <Choose name="format" label="Format">
        <option value="">as name and content say</option>
        {['csv', 'json', 'parquet', 'orc', 'avro', 'arrow', 'xml', 'excel'].map((one) => (
          <option key={one}>{one}</option>
        ))}
      </Choose>
      <Field name="options" label="Options of the reader" hint="delimiter=; header=false" />
      <Choose name="rejects" label="Rows that do not parse">
        <option value="">fail the load</option>
        <option value="table">go to a table of their own</option>
      </Choose>
    </>
  );
}

/** A stored connection, or what stands for one. */
function OrConnection({
  way,
  connections,
  children,
}: {
  way: Way;
  connections: Connection[];
  children: ComponentChildren;
}) {
  const [chosen, setChosen] = useState('');
  const fitting = connections.filter((one) => one.type === connectionTypeOf[way]);
  return (
    <>
      {fitting.length > 0 && (
        <Choose name="connection" label="Connection" onChange={setChosen}>
          <option value="">none: as written below</option>
          {fitting.map((one) => (
            <option key={one.name}>{one.name}</option>
          ))}
        </Choose>
      )}
      {chosen === '' && children}
    </>
  );
}

function RowsThere() {
  return (
    <>
      <Field name="source_table" label="Table there" hint="public.orders" />
      <Field name="query" label="or a query" hint="SELECT …" />
      <Field name="cursor" label="Only what is new, by the column" hint="id" />
      <Field name="cursor_start" label="the first time from" hint="0" />
    </>
  );
}

function Login({ port }: { port: string }) {
  return (
    <>
      <Field name="host" label="Host" isRequired />
      <Field name="port" label="Port" type="number" hint={port} />
      <Field name="database" label="Database" isRequired />
      <Field name="user" label="User" isRequired />
      <Field name="password" label="Password" type="password" />
    </>
  );
}

function StoreKeys() {
  return (
    <>
      <Field name="endpoint" label="Endpoint" hint="the server's own" />
      <Field name="region" label="Region" />
      <Field name="access_key" label="Access key" hint="the server's own" />
      <Field name="secret_key" label="Secret key" type="password" />
      <Field name="account_key" label="Azure: account key" type="password" />
      <Field name="sas_token" label="Azure: or a SAS token" type="password" />
      <Field name="gcs_token" label="Google: access token" type="password" />
      <Check name="path_style" label="Buckets in the path" />
    </>
  );
}

export function SourceFields({ way, connections }: { way: Way; connections: Connection[] }) {
  const join = { way, connections };
  switch (way) {
    case 'upload':
      return (
        <>
          <Field name="file" label="File" type="file" isRequired />
          <Format />
        </>
      );
    case 'file':
      return (
        <>
          <Field
            name="path"
            label="Path on the server, or URL"
            hint="/data/*.csv, https://…"
            isRequired
          />
          <Format />
        </>
      );
    case 'store':
      return (
        <>
          <Field name="path" label="Path" hint="s3://…, abfss://…, gs://…" isRequired />
          <OrConnection {...join}>
            <StoreKeys />
          </OrConnection>
          <Format />
        </>
      );
    case 'postgres':
    case 'mysql':
      return (
        <>
          <OrConnection {...join}>
            <Login port={way === 'mysql' ? '3306' : '5432'} />
          </OrConnection>
          <RowsThere />
        </>
      );
    case 'odbc':
      return (
        <>
          <OrConnection {...join}>
            <Field name="connection_string" label="Connection string" hint="DSN=…" isRequired />
            <Field name="password" label="Password" type="password" />
          </OrConnection>
          <RowsThere />
        </>
      );
    case 'web':
      return (
        <>
          <Field name="url" label="URL" type="url" hint="https://…" isRequired />
          <Field name="selector" label="What of it" hint="table.wikitable" />
          <Field name="next_selector" label="Link to the next page" hint="a.next" />
          <Field name="total_pages" label="Pages at most" type="number" />
          <Field name="token" label="Bearer token" type="password" />
          <Check name="render" label="A browser runs its scripts first" />
        </>
      );
    case 'api':
      return (
        <>
          <Field name="url" label="URL" type="url" hint="https://…" isRequired />
          <Field name="selector" label="Path to the records" hint="data.items" />
          <Field name="params" label="Parameters" hint="limit=100&offset=0" />
          <Choose name="pagination" label="Pages">
            <option value="">one</option>
            <option value="page">by number (page=1, 2, …)</option>
            <option value="offset">by offset and limit</option>
            <option value="link">by the header Link</option>
          </Choose>
          <Field name="total_pages" label="Pages at most" type="number" />
          <Field name="token" label="Bearer token" type="password" />
        </>
      );
  }
}
