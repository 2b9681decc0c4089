import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import {
  BigValueColorMode,
  BigValueGraphMode,
  GraphThresholdsStyleMode,
  LegendDisplayMode,
  LegendPlacement,
  ReduceDataOptionsBuilder,
  SortOrder,
  StackingMode,
  TooltipDisplayMode,
  VisibilityMode,
} from '@grafana/grafana-foundation-sdk/common';
import * as common from '@grafana/grafana-foundation-sdk/common';
import {
  ThresholdsConfigBuilder,
  ThresholdsMode,
  type Panel,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { DataqueryBuilder, PromQueryFormat } from '@grafana/grafana-foundation-sdk/prometheus';
import * as stat from '@grafana/grafana-foundation-sdk/stat';
import * as stateTimeline from '@grafana/grafana-foundation-sdk/statetimeline';
import * as table from '@grafana/grafana-foundation-sdk/table';
import * as timeseries from '@grafana/grafana-foundation-sdk/timeseries';

/** Whichever Prometheus is chosen at the top of a dashboard. */
export const datasource = { type: 'prometheus', uid: '$datasource' } as const;

const WIDTH = 24;
const HEIGHT = { stat: 4, graph: 8 };

/** A query, and what its series are called: a template of labels. */
export type Query = readonly [legend: string, expr: string];

/** From where on a value is worth a look, and from where on it is wrong. */
export interface Limits {
  readonly look?: number;
  readonly wrong?: number;
  /** Whether it is the small values that are wrong. */
  readonly isLeast?: boolean;
}

export interface PanelPlan {
  readonly title: string;
  /** What it says and what is usual, for who sees it for the first time. */
  readonly about: string;
  /** Of Grafana's, from its `units`. */
  readonly unit: string;
  readonly queries: readonly Query[];
  readonly limits?: Limits;
  /** Parts of a row of 24. */
  readonly width?: number;
  readonly isStacked?: boolean;
  /** Such as 1 for a ratio. */
  readonly max?: number;
}

/** One number, the newest, with its past behind it. */
export function number({ width = WIDTH / 4, ...plan }: PanelPlan): Builder<Panel> {
  return withTargets(new stat.PanelBuilder(), plan.queries)
    .title(plan.title)
    .description(plan.about)
    .datasource(datasource)
    .unit(plan.unit)
    .span(width)
    .height(HEIGHT.stat)
    .thresholds(thresholds(plan.limits))
    .colorMode(plan.limits ? BigValueColorMode.Background : BigValueColorMode.Value)
    .graphMode(BigValueGraphMode.Area)
    .reduceOptions(new ReduceDataOptionsBuilder().calcs(['lastNotNull']));
}

/** Lines over time, the largest on top of the legend. */
export function graph({ width = WIDTH / 2, ...plan }: PanelPlan): Builder<Panel> {
  const builder = withTargets(new timeseries.PanelBuilder(), plan.queries)
    .title(plan.title)
    .description(plan.about)
    .datasource(datasource)
    .unit(plan.unit)
    .min(0)
    .span(width)
    .height(HEIGHT.graph)
    .lineWidth(1)
    .fillOpacity(plan.isStacked ? 30 : 5)
    .showPoints(VisibilityMode.Never)
    .thresholds(thresholds(plan.limits))
    .legend(
      new common.VizLegendOptionsBuilder()
        .displayMode(LegendDisplayMode.Table)
        .placement(LegendPlacement.Bottom)
        .showLegend(true)
        .calcs(['lastNotNull', 'max'])
        .sortBy('Max')
        .sortDesc(true),
    )
    .tooltip(new common.VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi).sort(SortOrder.Descending));
  if (plan.max !== undefined) builder.max(plan.max);
  if (plan.isStacked) builder.stacking(new common.StackingConfigBuilder().mode(StackingMode.Normal));
  if (plan.limits) {
    const style = new common.GraphThresholdsStyleConfigBuilder().mode(GraphThresholdsStyleMode.Dashed);
    builder.thresholdsStyle(style);
  }
  return builder;
}

/** A band for each series, coloured by what it is at. */
export function states({ width = WIDTH / 2, ...plan }: PanelPlan): Builder<Panel> {
  return withTargets(new stateTimeline.PanelBuilder(), plan.queries)
    .title(plan.title)
    .description(plan.about)
    .datasource(datasource)
    .unit(plan.unit)
    .span(width)
    .height(HEIGHT.graph)
    .thresholds(thresholds(plan.limits))
    .showValue(VisibilityMode.Never);
}

/** The newest values as rows, the columns of which are the labels. */
export function rows({ width = WIDTH / 2, ...plan }: PanelPlan): Builder<Panel> {
  const builder = new table.PanelBuilder()
    .title(plan.title)
    .description(plan.about)
    .datasource(datasource)
    .unit(plan.unit)
    .span(width)
    .height(HEIGHT.graph)
    .thresholds(thresholds(plan.limits))
    .withTransformation({ id: 'organize', options: { excludeByName: { Time: true } } });
  for (const [legend, expr] of plan.queries)
    builder.withTarget(
      new DataqueryBuilder()
        .datasource(datasource)
        .refId(legend)
        .expr(expr)
        .instant()
        .format(PromQueryFormat.Table),
    );
  return builder;
}

function withTargets<B extends { withTarget(target: DataqueryBuilder): B }>(
  builder: B,
  queries: readonly Query[],
): B {
  for (const [at, [legend, expr]] of queries.entries())
    builder.withTarget(
      new DataqueryBuilder()
        .datasource(datasource)
        .refId(String.fromCharCode('A'.charCodeAt(0) + at))
        .expr(expr)
        .legendFormat(legend)
        .range(),
    );
  return builder;
}

function thresholds({ look, wrong, isLeast = false }: Limits = {}): ThresholdsConfigBuilder {
  const from = (value: number | undefined, color: string) => (value === undefined ? [] : [{ value, color }]);
  const steps = isLeast
    ? [{ value: null, color: 'red' }, ...from(look && wrong, 'orange'), ...from(look ?? wrong, 'green')]
    : [{ value: null, color: 'green' }, ...from(look, 'orange'), ...from(wrong, 'red')];
  return new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps(steps);
}
