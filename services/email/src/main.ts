import { runMessagingService } from '@naru/kernel';
import { emailRoutes } from './api';
import { emailConfig } from './config';
import { welcomeMails } from './consumers';
import { migrations } from './migrations';
import { createCapturingMailer } from './replay';
import { createMailer } from './smtp/mailer';
import { smtpServer } from './smtp/server';

const config = emailConfig();

void runMessagingService('email', config, migrations, ({ database, shadow }) => {
  const mailer = shadow
    ? createCapturingMailer(shadow)
    : createMailer(smtpServer(config.SMTP_URL), config.MAIL_FROM);
  const owner = config.INSTANCE ?? `email-${process.pid}`;
  return {
    routes: emailRoutes(database),
    handlers: [welcomeMails({ database, mailer, owner })],
    parts: [mailer],
  };
});
