import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import type { PlatformPorts } from '../ports';
import type { PartRecipe } from '../process/process-part';
import { brokerAnswers } from './broker-probe';
import { asProperties, brokerSettings } from './broker-settings';
import { formatStorage, kafkaCommand, type KafkaPrograms } from './kafka-programs';

const READY_TIMEOUT_MS = 90_000;
const STOP_TIMEOUT_MS = 20_000;
/** A last broker that still waits for the others waits in vain; what it acknowledged, they have as well. */
const LAST_STOP_TIMEOUT_MS = 8_000;
/** A broker writes this when its logs are closed and it has nothing left to lose. */
const CLOSED_MARK = '.kafka_cleanshutdown';

const LOGGING = `
rootLogger.level = WARN
rootLogger.appenderRef.out.ref = out
appender.out.type = Console
appender.out.name = out
appender.out.layout.type = PatternLayout
appender.out.layout.pattern = %d{ISO8601} %p %m (%c{1})%n
logger.server.name = kafka.server.KafkaRaftServer
logger.server.level = INFO
logger.controller.name = org.apache.kafka.controller.QuorumController
logger.controller.level = INFO
`;

export interface BrokerContext {
  readonly nodeId: number;
  readonly brokers: number;
  readonly ports: PlatformPorts;
  readonly dataDirectory: string;
  readonly logFile: string;
  programs(): Promise<KafkaPrograms>;
}

/** How a broker, counting from 1, is run. */
export function brokerRecipe(context: BrokerContext): PartRecipe {
  const { nodeId, ports, brokers } = context;
  const name = `broker-${nodeId}`;
  const port = ports.brokers[nodeId - 1]!;
  const controllerPort = ports.controllers[nodeId - 1]!;
  const directory = join(context.dataDirectory, name);
  const logDirectory = join(directory, 'log');
  return {
    name,
    ports: [port, controllerPort],
    logFile: context.logFile,
    readyTimeoutMs: READY_TIMEOUT_MS,
    stopTimeoutMs: STOP_TIMEOUT_MS,
    lastStopTimeoutMs: LAST_STOP_TIMEOUT_MS,
    async command() {
      const programs = await context.programs();
      mkdirSync(logDirectory, { recursive: true });
      const settingsFile = join(directory, 'server.properties');
      const loggingFile = join(directory, 'log4j2.properties');
      const settings = brokerSettings({
        nodeId,
        ports: ports.brokers.slice(0, brokers),
        controllerPorts: ports.controllers.slice(0, brokers),
        logDirectory,
      });
      writeFileSync(settingsFile, asProperties(settings));
      writeFileSync(loggingFile, LOGGING);
      if (!existsSync(join(logDirectory, 'meta.properties'))) {
        await formatStorage(programs, clusterId(context.dataDirectory), settingsFile);
      }
      const options = [`-Dlog4j2.configurationFile=${loggingFile}`];
      return kafkaCommand(programs, ['kafka.Kafka', settingsFile], directory, options);
    },
    // When all brokers stop, the last would wait 5 s for a quorum that is gone, only to say goodbye to it.
    settled: () => existsSync(join(logDirectory, CLOSED_MARK)),
    probe: () => brokerAnswers(port, nodeId),
  };
}

/** Read and made synchronously, so that brokers formatting side by side agree on it. */
function clusterId(dataDirectory: string): string {
  const file = join(dataDirectory, 'cluster-id');
  if (!existsSync(file))
    writeFileSync(file, Buffer.from(randomUUID().replaceAll('-', ''), 'hex').toString('base64url'));
  return readFileSync(file, 'utf8');
}
