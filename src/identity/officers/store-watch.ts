import type { Sql } from "#store";

/** All SQL about what somebody should look at: reviews, ends, two networks at once. */
export interface WatchStore {
  /** Roles whose review is overdue for good and of which nobody was told yet; marks them as told. */
  takeSuspended(reviewedBefore: Date): Promise<{ office_id: string; role: string }[]>;
  /**
   * Roles in force whose review came due, or whose end came near, and of which nobody was told yet; marks them as told.
   * Those suspended or run out by now are told of otherwise.
   */
  takeDue(o: {
    at: Date;
    reviewedBefore: Date;
    notSuspendedSince: Date;
    endsBefore: Date;
  }): Promise<{ office_id: string; agency: string; role: string; what: "review-due" | "ends-soon" }[]>;
  /** How many roles of an agency wait for a manager, by what for. */
  dueOf(o: { agency: string; at: Date; reviewedBefore: Date; notSuspendedSince: Date; endsBefore: Date }): Promise<{
    review: number;
    ending: number;
    asked: number;
  }>;
  /** Offices whose person is signed in from two networks now, and of which that was not noted since `since`. */
  inTwoNetworks(at: Date, aliveSince: Date, since: Date): Promise<{ office_id: string }[]>;
}

export function watchStore(sql: Sql): WatchStore {
  return {
    takeSuspended: (reviewedBefore) =>
      sql.query(
        `update identity.office_role r set told_suspended = true from identity.office f
         where f.id = r.office_id and f.ended_at is null and f.person_id is not null
           and r.reviewed_at <= $1 and not r.told_suspended
         returning r.office_id, r.role`,
        [reviewedBefore],
      ),
    takeDue: ({ at, reviewedBefore, notSuspendedSince, endsBefore }) =>
      sql.query(
        `with due as (
           select r.office_id, r.role, f.agency, r.reviewed_at <= $2 and not r.told_review as review,
             r.held_until <= $4 and not r.told_end as ends
           from identity.office_role r join identity.office f on f.id = r.office_id
           where f.ended_at is null and f.person_id is not null and r.held_until > $1 and r.reviewed_at > $3
             and (r.reviewed_at <= $2 and not r.told_review or r.held_until <= $4 and not r.told_end)
           for update of r skip locked),
         told as (
           update identity.office_role r set told_review = told_review or d.review, told_end = told_end or d.ends
           from due d where d.office_id = r.office_id and d.role = r.role)
         select office_id, agency, role, 'review-due' as what from due where review
         union all select office_id, agency, role, 'ends-soon' from due where ends
         order by office_id, role, what`,
        [at, reviewedBefore, notSuspendedSince, endsBefore],
      ),
    async dueOf({ agency, at, reviewedBefore, notSuspendedSince, endsBefore }) {
      const row = await sql.one<{ review: number; ending: number; asked: number }>(
        `select (count(*) filter (where r.held_until > $2 and r.reviewed_at <= $3 and r.reviewed_at > $4))::int as review,
           (count(*) filter (where r.held_until > $2 and r.held_until <= $5 and r.reviewed_at > $4))::int as ending,
           (count(*) filter (where r.asked_at is not null))::int as asked
         from identity.office_role r join identity.office f on f.id = r.office_id
         where f.agency = $1 and f.ended_at is null and f.person_id is not null`,
        [agency, at, reviewedBefore, notSuspendedSince, endsBefore],
      );
      return row!;
    },
    inTwoNetworks: (at, aliveSince, since) =>
      sql.query(
        `select f.id as office_id from identity.office f
         where f.ended_at is null and f.person_id in (
             select s.person_id from identity.session s
             where s.ended_at is null and s.expires_at > $1 and s.last_seen_at > $2 and s.network is not null
             group by s.person_id having count(distinct s.network) > 1)
           and not exists (select 1 from identity.office_step x
             where x.office_id = f.id and x.what = 'two-networks' and x.at > $3)`,
        [at, aliveSince, since],
      ),
  };
}
