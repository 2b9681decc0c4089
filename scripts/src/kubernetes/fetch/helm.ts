import { join } from 'node:path';

import { PlatformError } from '../../platform/errors';
import { cached, isCached } from '../../platform/fetch/cache';
import { findOnPath } from '../../platform/fetch/run-command';
import { goInstall } from './go';

const HELM_VERSION = '3.18.6';
const HELM_ENTRY = `helm-${HELM_VERSION}-${process.platform}-${process.arch}`;

/** The helm on PATH, else one that is built from its module, which takes minutes the first time. */
export async function ensureHelm(): Promise<string> {
  const installed = findOnPath('helm');
  if (installed) return installed;
  if (!isCached(HELM_ENTRY) && !findOnPath('go'))
    throw new PlatformError(
      'TOOL_MISSING',
      'helm is missing, and Go to build it with',
      'install helm 3 or 4',
    );
  const version = `-X helm.sh/helm/v3/internal/version.version=v${HELM_VERSION}`;
  const directory = await cached(HELM_ENTRY, (draft) =>
    goInstall(draft, `helm.sh/helm/v3/cmd/helm@v${HELM_VERSION}`, version),
  );
  return join(directory, 'helm');
}
