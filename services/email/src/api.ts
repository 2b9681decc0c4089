import { operations } from '@naru/contracts';
import { page, route, rowsToRead, type Database, type Route } from '@naru/kernel';
import { mailsOf } from './store';

export function emailRoutes(database: Database): Route[] {
  return [
    route(operations.listEmails, async (request) => {
      const { userId, before } = request.query;
      const mails = await mailsOf(database, userId, rowsToRead(request), before);
      const { body, ...rest } = page(request, mails, ({ sequence }) => sequence);
      return { ...rest, body: body.map(({ mail }) => mail) };
    }),
  ];
}
