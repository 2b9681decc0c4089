import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { PlatformError } from '../errors';
import { cached } from '../fetch/cache';
import { ensureJava, type Java } from '../fetch/java';
import { ensureKafkaJars, KAFKA_VERSION } from '../fetch/kafka-jars';
import { runCommand } from '../fetch/run-command';
import { ProcessPart, type PartCommand } from '../process/process-part';
import { brokerAnswers } from './broker-probe';
import { asProperties, brokerSettings } from './broker-settings';
import { plainEnvironment } from './plain-environment';

const HEAP_MB = 320;
const TRAINING_READY_TIMEOUT_MS = 120_000;
const TRAINING_STOP_TIMEOUT_MS = 120_000;

/** Everything needed to run a broker. */
export interface KafkaPrograms {
  readonly java: Java;
  readonly classPath: string;
  /** Classes of a former run in a form that the JVM maps instead of loading; halves the time to start. */
  readonly classArchive?: string;
}

/** Fetches what brokers need; the archive of classes is made by one short run of a broker on its own. */
export async function ensureKafkaPrograms(): Promise<KafkaPrograms> {
  const java = await ensureJava();
  const classPath = await ensureKafkaJars(java);
  const programs = { java, classPath };
  const fingerprint = createHash('sha256')
    .update(`${java.executable}\n${java.version}\n${classPath}`)
    .digest('hex');
  const entry = `kafka-${KAFKA_VERSION}-classes-${fingerprint.slice(0, 12)}.jsa`;
  const classArchive = await cached(entry, (draft) => recordClasses(programs, draft));
  return (await stat(classArchive)).size > 0 ? { ...programs, classArchive } : programs;
}

/** The command that runs a class of Kafka. */
export function kafkaCommand(
  programs: KafkaPrograms,
  main: readonly string[],
  workingDirectory: string,
  jvmOptions: readonly string[] = [],
): PartCommand {
  const archive = programs.classArchive
    ? [`-XX:SharedArchiveFile=${programs.classArchive}`, '-Xshare:auto']
    : [];
  const collector = ['-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-XX:-UsePerfData'];
  return {
    file: programs.java.executable,
    parameters: [`-Xmx${HEAP_MB}m`, ...collector, ...archive, ...jvmOptions, ...main],
    // The class path as a variable keeps the process table readable; fewer malloc arenas keep the process small.
    environment: { ...plainEnvironment(), CLASSPATH: programs.classPath, MALLOC_ARENA_MAX: '2' },
    workingDirectory,
  };
}

/** Formats the storage of a broker that has none yet. */
export async function formatStorage(
  programs: KafkaPrograms,
  clusterId: string,
  settingsFile: string,
): Promise<void> {
  // One word, since an id may begin with a dash and would be taken for an option.
  const main = ['kafka.tools.StorageTool', 'format', `--cluster-id=${clusterId}`, '-c', settingsFile];
  const command = kafkaCommand(programs, main, tmpdir());
  await runCommand(command.file, [...command.parameters], { environment: command.environment });
}

async function recordClasses(programs: KafkaPrograms, archive: string): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'naru-kafka-classes-'));
  try {
    const [port, controllerPort] = await freePorts();
    const place = {
      nodeId: 1,
      ports: [port],
      controllerPorts: [controllerPort],
      logDirectory: join(directory, 'log'),
    };
    const settingsFile = join(directory, 'server.properties');
    await mkdir(place.logDirectory);
    await writeFile(settingsFile, asProperties(brokerSettings(place)));
    await formatStorage(programs, 'naru-classes', settingsFile);
    const options = [`-XX:ArchiveClassesAtExit=${archive}`];
    const broker = new ProcessPart(
      {
        name: 'the broker that records its classes',
        ports: [port, controllerPort],
        logFile: join(directory, 'broker.log'),
        readyTimeoutMs: TRAINING_READY_TIMEOUT_MS,
        stopTimeoutMs: TRAINING_STOP_TIMEOUT_MS,
        command: async () => kafkaCommand(programs, ['kafka.Kafka', settingsFile], directory, options),
        probe: () => brokerAnswers(port, 1),
      },
      { spawned: () => {}, exited: () => {} },
    );
    try {
      await broker.start();
    } finally {
      await broker.stop();
    }
    // Not every Java can make one; an empty file says so to the next start.
    if (!existsSync(archive)) await writeFile(archive, '');
  } catch (cause) {
    throw new PlatformError('FETCH_FAILED', 'the archive of Kafka classes cannot be made', undefined, {
      cause,
    });
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function freePorts(): Promise<[number, number]> {
  const servers = [createServer(), createServer()];
  const ports: number[] = [];
  for (const server of servers) {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(0, '127.0.0.1', resolve);
    });
    ports.push((server.address() as AddressInfo).port);
  }
  for (const server of servers) await new Promise((resolve) => server.close(resolve));
  return ports as [number, number];
}
