import { render } from 'preact';
import { App } from './app';
import { keepHistory } from './map/history';
import { loadTopology } from './map/topology';
import { followOverview } from './stream';
import { takeTokenFromAddress } from './token';

takeTokenFromAddress();
addEventListener('hashchange', takeTokenFromAddress);
followOverview();
loadTopology();
keepHistory();
render(<App />, document.getElementById('page')!);
