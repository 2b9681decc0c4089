import { AuditPanel } from '../side/audit-panel';
import { ChaosPanel } from '../side/chaos-panel';
import { Problem } from '../problem';
import { Brokers } from './brokers';
import { Chart } from './chart';
import { NodeDetails } from './details';
import { Edge } from './edge';
import { Node } from './node';
import { MapTables } from './tables';
import { topology, topologyError } from './topology';

export function MapView() {
  return (
    <div class="with-side">
      <div>
        <Problem error={topologyError.value} />
        <Drawing />
        <MapTables />
        <NodeDetails />
        <Brokers />
        <Chart />
      </div>
      <aside aria-label="Proof and chaos">
        <AuditPanel />
        <ChaosPanel />
      </aside>
    </div>
  );
}

/** Rendered once; what moves and changes in it is bound to the stream node by node. */
function Drawing() {
  const drawn = topology.value;
  if (!drawn) return <p aria-busy="true">Asking what talks to what…</p>;
  return (
    <div class="scroll map" tabIndex={0} role="region" aria-label="Map, scrollable">
      <svg
        viewBox={`0 0 ${drawn.width} ${drawn.height}`}
        role="group"
        aria-labelledby="map-title map-description"
      >
        <title id="map-title">Services, topics and the events between them</title>
        <desc id="map-description">
          Each box is a link to its details. The same is below in words, as tables.
        </desc>
        {drawn.edges.map((edge) => (
          <Edge key={edge.id} edge={edge} />
        ))}
        {drawn.nodes.map((node) => (
          <Node key={node.id} node={node} />
        ))}
      </svg>
    </div>
  );
}
