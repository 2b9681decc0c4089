import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import {
  AnnotationQueryBuilder,
  DashboardBuilder,
  DashboardCursorSync,
  DashboardLinkBuilder,
  DashboardLinkType,
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  RowBuilder,
  VariableRefresh,
  VariableSort,
  type Panel,
  type VariableModel,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { kafkaExporterMetricNames as kafka } from '@naru/kernel';

import { datasource } from '../panels';
import { own } from '../promql';

const TAG = 'naru';
const ALL = { text: 'All', value: '$__all' };
/** Alerts of the names that alerts.ts gives. */
const FIRING = 'ALERTS{alertname=~"Naru.+", alertstate="firing"}';

export interface DashboardPlan {
  /** Of the dashboard's URL; links and bookmarks go by it. */
  readonly uid: string;
  readonly title: string;
  readonly about: string;
  /** What a reader may narrow it by, besides the data source. */
  readonly variable: 'service' | 'topic';
  readonly rows: readonly (readonly [title: string, panels: readonly Builder<Panel>[]])[];
}

const variables: Readonly<Record<DashboardPlan['variable'], Builder<VariableModel>>> = {
  service: queryVariable('service', 'Service', `label_values(${own('up')}, service)`),
  topic: queryVariable('topic', 'Topic', `label_values(${kafka.partitions}, topic)`),
};

/** A dashboard as Grafana's provisioning takes it: the same text for the same plan. */
export function dashboardJson({ uid, title, about, variable, rows }: DashboardPlan): string {
  const builder = new DashboardBuilder(`Naru / ${title}`)
    .uid(uid)
    .description(about)
    .tags([TAG])
    .refresh('10s')
    .time({ from: 'now-30m', to: 'now' })
    .timezone('browser')
    .tooltip(DashboardCursorSync.Crosshair)
    .editable()
    .withVariable(new DatasourceVariableBuilder('datasource').label('Data source').type('prometheus'))
    .withVariable(variables[variable])
    .annotation(
      new AnnotationQueryBuilder()
        .name('Alerts')
        .datasource(datasource)
        .enable(true)
        .iconColor('red')
        .expr(FIRING)
        .titleFormat('{{alertname}}')
        .textFormat('{{service}} {{group}}{{consumergroup}} {{topic}}'),
    )
    .link(
      new DashboardLinkBuilder('Naru')
        .type(DashboardLinkType.Dashboards)
        .tags([TAG])
        .includeVars(true)
        .keepTime(true),
    );
  let id = 0;
  for (const [rowTitle, panels] of rows) {
    builder.withRow(new RowBuilder(rowTitle).id(++id));
    for (const panel of panels) builder.withPanel(numbered(panel, ++id));
  }
  const { links = [], ...dashboard } = builder.build();
  // The SDK's default would hide them in a menu.
  const shown = links.map(({ placement: _placement, ...link }) => link);
  return `${JSON.stringify({ ...dashboard, links: shown }, null, 2)}\n`;
}

/** Links to single panels go by their numbers. */
function numbered(panel: Builder<Panel>, id: number): Builder<Panel> {
  return { build: () => ({ ...panel.build(), id }) };
}

function queryVariable(name: string, label: string, query: string): Builder<VariableModel> {
  return new QueryVariableBuilder(name)
    .label(label)
    .datasource(datasource)
    .query(query)
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .sort(VariableSort.AlphabeticalAsc)
    .multi(true)
    .includeAll(true)
    .allValue('.*')
    .current(ALL);
}
