import type { Sql } from "#store";

/** One thing a person is to be told. */
export interface NoticeRow {
  readonly id: string;
  readonly what: string;
  readonly name: string;
  readonly at: Date;
}

/** All SQL about notices. */
export interface NoticeStore {
  unseen(personId: string): Promise<NoticeRow[]>;
  seen(personId: string, at: Date): Promise<void>;
}

export function noticeStore(sql: Sql): NoticeStore {
  return {
    unseen: (personId) =>
      sql.query(
        `select e.id, e.reason as what, k.name, e.at from identity.auth_event e
         join identity.passkey k on k.credential_id = e.credential_id
         where e.person_id = $1 and e.what = 'passkey' and e.reason in ('bound', 'removed', 'suspended')
           and e.at > coalesce((select n.at from identity.notice_seen n where n.person_id = $1), '-infinity')
         order by e.at limit 50`,
        [personId],
      ),
    async seen(personId, at) {
      await sql.run(
        `insert into identity.notice_seen (person_id, at) values ($1, $2)
         on conflict (person_id) do update set at = greatest(identity.notice_seen.at, excluded.at)`,
        [personId, at],
      );
    },
  };
}
