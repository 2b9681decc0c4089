import { AuditPanel } from '../side/audit-panel';
import { ChaosPanel } from '../side/chaos-panel';
import { Problem } from '../problem';
import { Brokers } from './brokers';
import { Chart } from './chart';
import { NodeDetails } from './details';
import { Edge, EdgeLabel } from './edge';
import { viewBoxOf } from './geometry';
import { Node } from './node';
import { MapTables } from './tables';
import { topology, topologyError } from './topology';

export function MapView() {
  return (
    <div class="map-view">
      <div class="wide">
        <Problem error={topologyError.value} />
        <Drawing />
        <MapTables />
        <NodeDetails />
        <Brokers />
      </div>
      <div>
        <Chart />
        <AuditPanel />
      </div>
      <ChaosPanel />
    </div>
  );
}

/** Rendered once; what moves and changes in it is bound to the stream node by node. */
function Drawing() {
  const drawn = topology.value;
  if (!drawn) return <p aria-busy="true">Asking what talks to what…</p>;
  return (
    <div class="scroll map" tabIndex={0} role="region" aria-label="Map, scrollable">
      <svg viewBox={viewBoxOf(drawn)} role="group" aria-labelledby="map-title map-description">
        <title id="map-title">Services, topics and the events between them</title>
        <desc id="map-description">
          Each box is a link to its details. The same is below in words, as tables.
        </desc>
        <defs>
          <marker
            id="arrow"
            viewBox="0 0 8 8"
            refX="7"
            refY="4"
            markerUnits="userSpaceOnUse"
            markerWidth="9"
            markerHeight="9"
            orient="auto"
          >
            <path d="M0 0L8 4L0 8z" />
          </marker>
        </defs>
        {drawn.edges.map((edge) => (
          <Edge key={edge.id} edge={edge} />
        ))}
        {drawn.nodes.map((node) => (
          <Node key={node.id} node={node} />
        ))}
        {drawn.edges.map((edge) => (
          <EdgeLabel key={edge.id} edge={edge} />
        ))}
      </svg>
    </div>
  );
}
