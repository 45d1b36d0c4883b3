import type { components, paths } from './schema';

/** Shapes of the API, from its OpenAPI document: `npm run types` writes schema.d.ts anew. */

export type Schemas = components['schemas'];

type Json<Response> = Response extends { content: { 'application/json': infer Shape } }
  ? Shape
  : never;

/** Answer to a successful request. */
export type Answer<
  Path extends keyof paths,
  Method extends keyof paths[Path],
> = paths[Path][Method] extends { responses: infer Responses }
  ? Json<Responses[keyof Responses]>
  : never;

/** What the `data` of such an answer holds. */
export type Data<Path extends keyof paths, Method extends keyof paths[Path]> =
  Answer<Path, Method> extends { data?: infer Shape } ? NonNullable<Shape> : never;

/** Body of a request. */
export type Body<
  Path extends keyof paths,
  Method extends keyof paths[Path],
> = paths[Path][Method] extends { requestBody?: infer Request }
  ? Json<NonNullable<Request>>
  : never;

export type User = Schemas['User'];
export type UserMetrics = Schemas['UserPublicMetrics'];
export type ConnectionStatus = NonNullable<User['connection_status']>[number];
export type UserPage = Schemas['UserPage'];
export type UserResponse = Schemas['UserResponse'];

export type Tweet = Schemas['Tweet'];
export type TweetMetrics = Schemas['TweetPublicMetrics'];
export type TweetViewer = Schemas['TweetViewer'];
export type TweetPage = Schemas['TweetPage'];
export type TweetResponse = Schemas['TweetResponse'];
export type TweetsResponse = Schemas['TweetsResponse'];
export type ReplySettings = NonNullable<Tweet['reply_settings']>;
export type Entities = Schemas['TweetEntities'];
export type UrlEntity = Schemas['UrlEntity'];
export type Includes = Schemas['Includes'];
export type Updates = Schemas['Updates'];
export type Poll = Schemas['Poll'];
export type Media = Schemas['Media'];

export type TweetList = Schemas['List'];
export type TweetListPage = Schemas['ListPage'];
export type Folder = Schemas['BookmarkFolder'];
export type Draft = Schemas['Draft'];
export type ScheduledTweet = Schemas['ScheduledTweet'];

export type Notification = Schemas['Notification'];
export type NotificationType = Notification['type'];
export type NotificationPage = Schemas['NotificationPage'];
export type Device = Schemas['Device'];
export type Suppression = Schemas['Suppression'];
export type ChannelState = Schemas['NotificationChannel'];
export type ChannelStatistics = Schemas['ChannelStatistics'];
export type DeliveryReport = Schemas['NotificationDelivery'];
export type DeadLetter = Schemas['DeadLetter'];
export type TemplateSummary = Schemas['TemplateSummary'];
export type TemplatePreview = Schemas['TemplatePreview'];

export type Crawl = Schemas['Crawl'];
export type CrawlState = Crawl['status'];
export type CrawlPage = Schemas['CrawlPage'];
export type CrawlPageDetail = Schemas['CrawlPageDetail'];
export type CrawlPicture = Schemas['CrawlPicture']['data'];
export type CrawlChanges = Schemas['CrawlChanges']['data'];
export type CrawlPageList = Schemas['CrawlPageList'];
export type CrawlExport = Schemas['CrawlExport'];
export type CrawlHost = Schemas['CrawlHost'];
export type CrawlSchedule = Schemas['CrawlSchedule'];

export type Account = Schemas['Account'];
export type Session = Schemas['Session'];
export type ConnectedApp = Schemas['ConnectedApp'];
export type DeveloperApp = Schemas['App'];
export type DataExport = Schemas['DataExport'];

export type Report = Schemas['Report'];
export type ReportCase = Schemas['ReportCase'];
export type ReportPage = Schemas['ReportPage'];
export type AccountState = Schemas['AccountState'];
export type AuditEntry = Schemas['AuditEntry'];
export type AuditPage = Schemas['AuditPage'];

export type Tokens = Schemas['Tokens'];
export type Problem = Schemas['Problem'];
