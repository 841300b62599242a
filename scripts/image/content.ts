/** What the image needs to know of package-lock.json. */
export interface Lock {
  readonly packages: Readonly<Record<string, LockedPackage>>;
}

interface LockedPackage {
  readonly dev?: boolean;
  readonly devOptional?: boolean;
  readonly os?: readonly string[];
  readonly cpu?: readonly string[];
  readonly hasInstallScript?: boolean;
}

/**
 * Folders of the packages that the service needs, as the lock names them, in order. Throws for one that is not the same
 * on every processor: the same layer serves amd64 and arm64, and is made without running a package's scripts.
 */
export const productionPackages = ({ packages }: Lock): readonly string[] => {
  const needed = Object.entries(packages).filter(([path, { dev, devOptional }]) => path !== '' && !dev && !devOptional);
  for (const [path, { os, cpu, hasInstallScript }] of needed)
    if (os || cpu || hasInstallScript)
      throw new Error(
        `${path} is built for one kind of machine, and the image's content must serve every one: choose a package of plain JavaScript, or teach the Dockerfile to install it for each platform`,
      );
  return needed.map(([path]) => path).sort();
};

/** What Node loads from a package. Types, sources, maps and pages are left behind with everything else. */
const LOADED = /\.(?:[cm]?js|json|wasm)$/;
/** Whoever passes software on passes on its licence. */
const LEGAL = /^(?:licen[cs]e|notice|copying|copyright)/i;
/** Folders at a package's top that its code does not load; `dist-es` has a twin for Node in `dist-cjs`. */
const ASIDE = new Set(
  'test tests __tests__ doc docs example examples benchmark benchmarks dist-types dist-es'.split(' '),
);

/** Whether a file of a package, by its path inside the package, belongs into the image. */
export const isLoaded = (path: string): boolean => {
  const parts = path.split('/');
  const name = parts.at(-1) ?? '';
  if (parts.some((part) => part.startsWith('.')) || (parts.length > 1 && ASIDE.has(parts[0] ?? ''))) return false;
  return LOADED.test(name) || LEGAL.test(name);
};

/** Rooms of `dist` that only the demo needs. */
const DEMO = /^local\//;

/** The same for our own compiled code. */
export const isService = (path: string): boolean => path.endsWith('.js') && !DEMO.test(path);
