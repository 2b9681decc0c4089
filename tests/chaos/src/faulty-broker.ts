import { installCrash } from './crash';
import { faultOf } from './fault';
import { kernelSeams } from './kernel-seams';
import { installUnsafeSend } from './unsafe-send';

/**
 * Loaded into a service's process before its own code, by `node --require`; the variable NARU_FAULT says which fault
 * the process is to have. `faultEnvironment()` gives the environment for it.
 */
const fault = faultOf(process.env);
if (fault.mode === 'crash') installCrash(fault, kernelSeams());
else installUnsafeSend(kernelSeams());
