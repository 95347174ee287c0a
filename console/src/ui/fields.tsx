/** Fields of forms. */
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';

export function Field({
  name,
  label,
  type = 'text',
  isRequired = false,
  hint,
  value,
  list,
  onInput,
}: {
  name: string;
  label: string;
  type?: string;
  isRequired?: boolean;
  hint?: string;
  value?: string;
  list?: string;
  onInput?: (value: string) => void;
}) {
  return (
    <label class="field">
      <span>{label}</span>
      <input
        name={name}
        type={type}
        required={isRequired}
        placeholder={hint}
        defaultValue={value}
        list={list}
        spellcheck={false}
        autocomplete={type === 'password' ? 'new-password' : 'off'}
        onInput={(event) => onInput?.(event.currentTarget.value)}
      />
    </label>
  );
}

/** `value`: what is chosen at first; the first choice unless given. */
export function Choose({
  name,
  label,
  value,
  children,
  onChange,
}: {
  name: string;
  label: string;
  value?: string | undefined;
  children: ComponentChildren;
  onChange?: (value: string) => void;
}) {
  const [chosen, setChosen] = useState(value);
  return (
    <label class="field">
      <span>{label}</span>
      <select
        name={name}
        {...(chosen === undefined ? {} : { value: chosen })}
        onChange={(event) => {
          setChosen(event.currentTarget.value);
          onChange?.(event.currentTarget.value);
        }}
      >
        {children}
      </select>
    </label>
  );
}

export function TextArea({
  name,
  label,
  value,
  rows = 5,
  hint,
}: {
  name: string;
  label: string;
  value?: string;
  rows?: number;
  hint?: string;
}) {
  return (
    <label class="field wide">
      <span>{label}</span>
      <textarea
        name={name}
        rows={rows}
        defaultValue={value}
        placeholder={hint}
        spellcheck={false}
      />
    </label>
  );
}

export function Check({
  name,
  label,
  isChecked = false,
}: {
  name: string;
  label: string;
  isChecked?: boolean;
}) {
  return (
    <label class="check">
      <input type="checkbox" name={name} value="yes" defaultChecked={isChecked} />
      {label}
    </label>
  );
}

/** One of a few, as buttons. */
export function Ways<T extends string>({
  legend,
  name,
  chosen,
  choices,
  onChange,
}: {
  legend: string;
  name: string;
  chosen: T;
  choices: { value: T; label: string }[];
  onChange: (value: T) => void;
}) {
  return (
    <fieldset class="ways">
      <legend class="sr-only">{legend}</legend>
      {choices.map(({ value, label }) => (
        <label key={value} class={chosen === value ? 'chosen' : ''}>
          <input
            type="radio"
            name={name}
            checked={chosen === value}
            onChange={() => onChange(value)}
          />
          {label}
        </label>
      ))}
    </fieldset>
  );
}
