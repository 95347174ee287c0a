import { render } from 'preact';
import { App } from './app';
import './styles/base.css';
import './styles/shell.css';
import './styles/parts.css';
import './styles/pages.css';
import './styles/work.css';
import { applyTheme, storedTheme } from './ui/theme';

applyTheme(storedTheme());
const root = document.getElementById('app');
if (root !== null) render(<App />, root);
