//! DataFusion 55.2 moves filters down a physical plan by the names of columns, and so to the wrong side of a join where two columns share a name: rows are
//! lost that no predicate refuses. Here a filter moves only where every node on its way has each name once.

use std::collections::HashSet;
use std::sync::Arc;

use datafusion::common::Result;
use datafusion::config::ConfigOptions;
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_optimizer::optimizer::PhysicalOptimizer;
use datafusion::physical_plan::{ChildrenPropertiesMode, ExecutionPlan, ReplaceChildrenOptions};

type Plan = Arc<dyn ExecutionPlan>;
type Rule = Arc<dyn PhysicalOptimizerRule + Send + Sync>;

/// DataFusion's own rules, those that push filters kept from plans that they misread.
pub fn rules() -> Vec<Rule> {
	PhysicalOptimizer::new().rules.into_iter().map(|rule| if rule.name().starts_with("FilterPushdown") { Arc::new(ByName(rule)) as Rule } else { rule }).collect()
}

#[derive(Debug)]
struct ByName(Rule);

impl PhysicalOptimizerRule for ByName {
	fn optimize(&self, plan: Plan, config: &ConfigOptions) -> Result<Plan> {
		let (plan, clear) = self.below(plan, config)?;
		if clear { self.0.optimize(plan, config) } else { Ok(plan) }
	}

	fn name(&self) -> &str {
		self.0.name()
	}

	fn schema_check(&self) -> bool {
		self.0.schema_check()
	}
}

impl ByName {
	/// True: no node of the plan has two columns of one name, and the rule has not run. Else it has run on the largest parts that are so.
	fn below(&self, plan: Plan, config: &ConfigOptions) -> Result<(Plan, bool)> {
		let children = plan.children().into_iter().map(|child| self.below(Arc::clone(child), config)).collect::<Result<Vec<_>>>()?;
		let mut seen = HashSet::new();
		if children.iter().all(|(_, clear)| *clear) && plan.schema().fields().iter().all(|field| seen.insert(field.name())) {
			return Ok((plan, true));
		}
		if children.is_empty() {
			return Ok((plan, false));
		}
		let children = children.into_iter().map(|(child, clear)| if clear { self.0.optimize(child, config) } else { Ok(child) }).collect::<Result<Vec<_>>>()?;
		Ok((plan.replace_children(children, ReplaceChildrenOptions::new(ChildrenPropertiesMode::Recompute))?, false))
	}
}
