// Our own reusable workflows for GitHub's validator, so that it knows their inputs and outputs wherever they are called:
// `launchway/launchway/.github/workflows/release.yml@v1` is the file here. Others are as unknown as without a provider.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = new URL('../../', import.meta.url);

export const fileProvider = {
  async getFileContent(reference) {
    const path = reference.path ?? '';
    const own = !('repository' in reference) || (reference.owner === 'launchway' && reference.repository === 'launchway');
    if (!own) throw new Error(`${path} is not of this repository`);
    return { name: path, content: readFileSync(fileURLToPath(new URL(path, root)), 'utf8') };
  },
};
