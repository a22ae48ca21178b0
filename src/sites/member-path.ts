import type { MemberId } from "#exchange";

export function memberIdOf(instance: string, member: { memberClass: string; memberCode: string }): MemberId {
  return { instance, memberClass: member.memberClass, memberCode: member.memberCode };
}

/** `INSTANCE/CLASS/CODE` as a person types it. @throws with `code` = `member-malformed` */
export function readMemberPath(text: string, instance: string): MemberId {
  const [given, memberClass, memberCode, ...rest] = text.split("/");
  if (!given || !memberClass || !memberCode || rest.length > 0)
    throw Object.assign(new Error(`a member is written INSTANCE/CLASS/CODE, for example ${instance}/GOV/MOI`), {
      code: "member-malformed",
    });
  return { instance: given, memberClass, memberCode };
}
