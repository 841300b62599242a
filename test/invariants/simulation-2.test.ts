import { simulationTest } from '../support/simulation/run.ts';

simulationTest(5_001, 5_000);
