import { countText } from '../model/format';
import { secondsText } from '../model/jobs';
import { type Plan, type PlanNode, secondsOf } from '../model/plan';
import { Meter } from './charts';

function timeText(seconds: number): string {
  return seconds < 0.1
    ? `${(seconds * 1000).toFixed(seconds < 0.01 ? 2 : 0)} ms`
    : secondsText(seconds);
}

function Node({ node, total }: { node: PlanNode; total: number }) {
  const share = node.seconds !== undefined && total > 0 ? node.seconds / total : undefined;
  return (
    <li>
      <div class={`plan-node ${share !== undefined && share > 0.3 ? 'heavy' : ''}`}>
        <span class="plan-name">{node.name}</span>
        {node.rows !== undefined && (
          <span class="quiet nowrap">{`${node.isEstimate ? '≈ ' : ''}${countText(node.rows, 'row')}`}</span>
        )}
        {node.seconds !== undefined && (
          <span class="plan-time nowrap">
            <Meter
              value={share ?? 0}
              max={1}
              label={`${Math.round((share ?? 0) * 100)} % of the work`}
            />
            {timeText(node.seconds)}
          </span>
        )}
        {node.facts.length > 0 && (
          <dl class="plan-facts">
            {node.facts.map((fact) => (
              <div key={fact.name}>
                <dt>{fact.name}</dt>
                <dd title={fact.value}>{fact.value.slice(0, 300)}</dd>
              </div>
            ))}
          </dl>
        )}
      </div>
      {node.children.length > 0 && (
        <ul>
          {node.children.map((child, i) => (
            <Node key={i} node={child} total={total} />
          ))}
        </ul>
      )}
    </li>
  );
}

/** What a query does, from its answer down to the tables; times where they were measured. */
export function PlanTree({ plan }: { plan: Plan }) {
  const total = secondsOf(plan.root);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <div class="plan scroll" tabIndex={0} role="region" aria-label="Plan">
      {plan.seconds !== undefined && (
        <p class="quiet">{`${timeText(plan.seconds)} in all; work of all threads: ${timeText(total)}`}</p>
      )}
      <ul>
        <Node node={plan.root} total={total} />
      </ul>
    </div>
  );
}
