import { services as declaredServices, type ServiceName } from '@naru/contracts';

/** Every instance that the local platform runs of the given services. */
export function instancesOf(services: readonly ServiceName[]): { service: ServiceName; instance: number }[] {
  return services.flatMap((service) =>
    Array.from({ length: declaredServices[service].instances }, (_, index) => ({
      service,
      instance: index + 1,
    })),
  );
}
