/** Line icons of 16 by 16, drawn for this console. */
const paths = {
  search: 'M7 12A5 5 0 1 0 7 2a5 5 0 0 0 0 10zm3.7-1.3L14 14',
  copy: 'M6 5.5h7.5v8H6zM4 10.5H2.5v-8H10V4',
  check: 'm3 8.5 3.2 3.2L13 4.5',
  branch:
    'M4.5 5.5v5M4.5 2.5a1.5 1.5 0 1 1 0 3 1.5 1.5 0 0 1 0-3zm0 8a1.5 1.5 0 1 1 0 3 1.5 1.5 0 0 1 0-3zm7-7a1.5 1.5 0 1 1 0 3 1.5 1.5 0 0 1 0-3zm0 3c0 2-2 2.5-4 2.5-1.8 0-3 .5-3 1.5',
  tag: 'M2.5 2.5h5l6 6-5 5-6-6zM5.5 5.5h.01',
  table: 'M2.5 3h11v10h-11zM2.5 6.3h11M2.5 9.7h11M6.5 6.3V13',
  view: 'M1.5 8S4 3.5 8 3.5 14.5 8 14.5 8 12 12.5 8 12.5 1.5 8 1.5 8zM8 6.2a1.8 1.8 0 1 1 0 3.6 1.8 1.8 0 0 1 0-3.6z',
  folder: 'M1.5 12.5v-9H6l1.5 2h7v7z',
  warehouse: 'M1.5 13.5V6L8 2.5 14.5 6v7.5M4.5 13.5V8h7v5.5M4.5 10.7h7',
  home: 'M2 7.5 8 2.5l6 5M3.8 6.5v7h8.4v-7M6.5 13.5V9.5h3v4',
  jobs: 'M2.5 3.5h11v3h-11zM2.5 9.5h11v3h-11zM5 6.5v3',
  sql: 'M2 3h12v10H2zM4.5 6l2 2-2 2M8 10.5h3.5',
  load: 'M8 2v8M4.8 6.8 8 10l3.2-3.2M2.5 11v2.5h11V11',
  clock: 'M8 1.5a6.5 6.5 0 1 1 0 13 6.5 6.5 0 0 1 0-13zM8 4.5V8l2.5 1.8',
  chevron: 'm6 3.5 4.5 4.5L6 12.5',
  menu: 'M2 4h12M2 8h12M2 12h12',
  close: 'm3.5 3.5 9 9m0-9-9 9',
  sun: 'M8 5a3 3 0 1 1 0 6 3 3 0 0 1 0-6zM8 1v1.5M8 13.5V15M1 8h1.5M13.5 8H15M3 3l1 1M12 12l1 1M3 13l1-1M12 4l1-1',
  moon: 'M13.5 9.5A6 6 0 0 1 6.5 2.5a6 6 0 1 0 7 7z',
  contrast: 'M8 1.5a6.5 6.5 0 1 1 0 13 6.5 6.5 0 0 1 0-13zM8 1.5v13M10.5 3v10M13 5v6',
  help: 'M8 1.5a6.5 6.5 0 1 1 0 13 6.5 6.5 0 0 1 0-13zM6 6.3a2 2 0 1 1 2.7 1.9C8.2 8.4 8 8.8 8 9.5M8 11.7h.01',
  warning: 'M8 2 1.5 13.5h13zM8 6.5v3M8 11.5h.01',
  bulb: 'M6 11.5V10C4.7 9.3 4 8.1 4 6.7a4 4 0 1 1 8 0c0 1.4-.7 2.6-2 3.3v1.5zM6.5 14h3',
  empty: 'M2 9.5 4 3.5h8l2 6v4H2zM2 9.5h3.5l1 1.5h3l1-1.5H14',
  leave: 'M9.5 2.5h-6v11h6M6.5 8h8m-2.5-2.5L14.5 8 12 10.5',
  file: 'M3.5 1.5h6l3 3v10h-9zM9.5 1.5v3h3',
  key: 'M10.5 9.5a4 4 0 1 0-3.9-3L2 11.1V14h3v-1.8h1.8v-1.8l1.1-1.1a4 4 0 0 0 2.6.2zM11 5h.01',
  compare: 'M5.5 2.5v11m0 0L3 11m2.5 2.5L8 11M10.5 13.5v-11m0 0L8 5m2.5-2.5L13 5',
  dropped: 'M2.5 4.5h11M6 4.5v-2h4v2M4 4.5l.6 9h6.8l.6-9M6.7 7v4M9.3 7v4',
} as const;

export type IconName = keyof typeof paths;

export function Icon({ name }: { name: IconName }) {
  return (
    <svg
      class={`icon icon-${name}`}
      viewBox="0 0 16 16"
      width="16"
      height="16"
      aria-hidden="true"
      focusable="false"
    >
      <path d={paths[name]} />
    </svg>
  );
}

export function Logo() {
  return (
    <svg
      class="logo"
      viewBox="0 0 32 32"
      width="26"
      height="26"
      aria-hidden="true"
      focusable="false"
    >
      <rect class="logo-ground" width="32" height="32" rx="7" />
      <path class="logo-hills" d="M3 18 11 7l5 6.5L20 9l9 9z" />
      <path class="logo-snow" d="m11 7 3.2 4.2L11 13.5 8 11.2zM20 9l2.6 2.6-2.6 1.7-2-2z" />
      <path class="logo-lake" d="M3 18h26c-.6 5.6-6.2 9-13 9S3.6 23.6 3 18z" />
      <path class="logo-waves" d="M7 21.5h18M10 24.3h12" />
    </svg>
  );
}
