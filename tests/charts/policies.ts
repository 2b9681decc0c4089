import { podPolicies } from './pod-policies';
import type { Policy } from './policy';
import { scalingPolicies } from './scaling-policies';
import { wiringPolicies } from './wiring-policies';

/** What must hold of the services' charts, beyond what Kubernetes itself asks for. */
export const servicePolicies: readonly Policy[] = [...podPolicies, ...wiringPolicies, ...scalingPolicies];
