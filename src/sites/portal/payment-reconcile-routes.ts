import { Hono, type Context } from "hono";
import type { Localised, Refusal, Result } from "#kernel";
import {
  answerAct,
  askAct,
  askedActOf,
  askedActs,
  closeIncident,
  filesWaiting,
  listPayments,
  listSuspense,
  openIncidents,
  quarantine,
  resolveSuspense,
  suspenseById,
  type AskedAct,
  type Resolve,
  type State,
} from "#payments";
import {
  actPage,
  askedPage,
  moneyText,
  outcomeTitle,
  paymentPaths,
  reconcilePage,
  stateTag,
  type ActField,
  type Chore,
  type ChoreList,
} from "#payments/pages";
import { isUuid } from "#kernel";
import { roleTitles } from "#identity";
import { both, html, type Fact, type FieldError, type Text } from "#ui";
import { actTitle, isPaymentId } from "./payment-acts.ts";
import { paymentDesk } from "./payment-desk.ts";
import type { PortalContext } from "./portal-site.ts";
import { chromeOf, goTo, sendPage } from "./reply.ts";
import type { PortalEnv } from "./request.ts";
import { chores, whyWords } from "./reconcile-words.ts";

const shown = 50;
const back = { href: paymentPaths.reconcile, text: both("回到對帳", "Back to reconciliation") };

/** What is settled by a form: a line that nothing explains, or an incident. */
interface Matter {
  readonly title: Text;
  readonly text: Text;
  readonly facts: readonly Fact[];
  readonly fields: readonly ActField[];
  /** Whether it takes a second person. */
  readonly second: boolean;
  run(detail: Readonly<Record<string, string>>, by: string, confirmedBy?: string): Promise<Result<unknown, Refusal>>;
}

/** Where bank and books differ, with what to do about each row. */
export function reconcileRoutes(context: PortalContext): Hono<PortalEnv> {
  const { portal } = context;
  const { payments, clock } = portal;
  const { currency } = payments.banking;
  const routes = new Hono<PortalEnv>();
  const desk = paymentDesk(context);
  type C = Context<PortalEnv>;

  routes.get(paymentPaths.reconcile, async (c) => {
    const on = await desk.onDuty(c);
    if (on instanceof Response) return on;
    const lists = await Promise.all([asked(), incidents(), suspense(c), quarantined(), unclear(), undelivered()]);
    const told = c.req.query("done");
    return sendPage(
      c,
      reconcilePage(
        { lists, ...(told && chores.done[told] && { done: chores.done[told] }) },
        c.var.visit.lang,
        chromeOf(c),
      ),
    );
  });

  routes.get(`${paymentPaths.reconcile}/:kind/:id`, async (c) => {
    const on = await desk.onDuty(c);
    if (on instanceof Response) return on;
    const refused = await desk.may(c, on, "payments:reconcile");
    if (refused) return refused;
    const matter = await matterOf(c);
    if (!matter) return desk.refused(c, { code: "payment-changed" }, back);
    const waits = await askedActOf(payments, c.req.param("id"));
    return waits ? sendAsked(c, matter, waits, on.session.person.id) : sendMatter(c, matter, [], {});
  });

  routes.post(`${paymentPaths.reconcile}/:kind/:id`, async (c) => {
    const sent = await desk.posted(c);
    if (sent instanceof Response) return sent;
    const { desk: on, form } = sent;
    const here = `${paymentPaths.reconcile}/${c.req.param("kind")}/${c.req.param("id")}`;
    const refused = await desk.may(c, on, "payments:reconcile", { form: { fields: form, page: here } });
    if (refused) return refused;
    const by = on.session.person.id;
    const matter = await matterOf(c);
    if (!matter) return desk.refused(c, { code: "payment-changed" }, back);
    const waits = await askedActOf(payments, c.req.param("id"));
    if (waits && (form["answer"] === "confirm" || form["answer"] === "decline")) {
      const agree = form["answer"] === "confirm";
      const done = await answerAct(
        payments,
        { id: waits.id, subjects: [waits.subject], by, agree },
        ({ detail, askedBy }) => matter.run(detail, askedBy, by),
      );
      return done.ok
        ? goTo(c, `${paymentPaths.reconcile}?done=${agree ? "done" : "declined"}`)
        : desk.refused(c, done.error, back);
    }
    const read = readMatter(matter, form);
    if (read.errors.length > 0) return sendMatter(c, matter, read.errors, form);
    const done = matter.second
      ? await askAct(payments, { act: c.req.param("kind"), subject: c.req.param("id"), detail: read.detail, by })
      : await matter.run(read.detail, by);
    if (!done.ok) return desk.refused(c, done.error, back);
    return goTo(c, `${paymentPaths.reconcile}?done=${matter.second ? "asked" : "done"}`);
  });

  async function matterOf(c: C): Promise<Matter | undefined> {
    const id = c.req.param("id") ?? "";
    const { lang } = c.var.visit;
    if (!isUuid(id)) return undefined;
    if (c.req.param("kind") === "suspense") {
      const line = await suspenseById(payments, id);
      if (!line || line.explained) return undefined;
      const size = line.amount < 0n ? -line.amount : line.amount;
      return {
        title: both("說明這一行", "Explain this line"),
        text: whyWords(line.why).task,
        second: size > payments.limits.singleHandedUpTo,
        facts: [
          { label: both("為什麼在這裡", "Why it is here"), value: whyWords(line.why).title },
          { label: both("金額", "Amount"), value: moneyText(line.amount, currency, lang) },
          { label: both("銀行編號", "The bank's reference"), value: `${line.account} / ${line.reference}` },
          { label: both("期限", "Due"), value: line.dueOn },
          ...(line.candidate ? [{ label: both("可能是", "Perhaps"), value: paymentLink(line.candidate) }] : []),
        ],
        fields: [
          {
            id: "kind",
            label: both("這一行是", "This line is"),
            options: [
              { value: "instruction", text: both("某一筆付款", "a payment") },
              { value: "recovery", text: both("某一筆還款", "money paid back") },
              { value: "not-ours", text: both("與我們無關，退回去", "not ours; it goes back") },
            ],
          },
          {
            id: "subject",
            label: both("付款編號或追回編號", "Id of the payment or of the recovery"),
            hint: both("與我們無關時留空。", "Empty when it is not ours."),
            value: line.candidate ?? "",
          },
          {
            id: "note",
            label: both("查到了什麼（給稽核看）", "What was found out (for the auditor)"),
            width: "full",
            rows: 3,
          },
        ],
        run: ({ kind, subject = "", note = "" }: Readonly<Record<string, string>>, by, confirmedBy) => {
          const to: Resolve["to"] =
            kind === "instruction"
              ? { kind, instructionId: subject }
              : kind === "recovery"
                ? { kind, recoveryId: subject }
                : { kind: "not-ours" };
          return resolveSuspense(payments, { suspenseId: id, to, note, by, ...(confirmedBy && { confirmedBy }) });
        },
      };
    }
    if (c.req.param("kind") !== "incident") return undefined;
    const incident = (await openIncidents(payments, 1000)).find((one) => one.id === id);
    if (!incident) return undefined;
    return {
      title: chores.incidents[incident.kind]?.title ?? incident.kind,
      text: chores.incidents[incident.kind]?.task ?? "",
      second: incident.blocks,
      facts: [
        { label: both("對象", "About"), value: subjectLink(incident.subject) },
        { label: both("內容", "Detail"), value: incident.detail },
      ],
      fields: [{ id: "note", label: both("做了什麼", "What was done"), width: "full", rows: 3 }],
      run: ({ note = "" }: Readonly<Record<string, string>>, by, confirmedBy) =>
        closeIncident(payments, { incidentId: id, by, note, ...(confirmedBy && { confirmedBy }) }),
    };
  }

  function sendMatter(c: C, matter: Matter, errors: readonly FieldError[], typed: Readonly<Record<string, string>>) {
    const view = {
      title: matter.title,
      text: matter.text,
      facts: matter.facts,
      second: matter.second,
      back,
      kept: {},
      fields: matter.fields.map((field) => ({
        ...field,
        ...(typed[field.id] !== undefined && { value: typed[field.id]! }),
      })),
      action: `${paymentPaths.reconcile}/${c.req.param("kind")}/${c.req.param("id")}`,
      button: matter.second ? both("提出", "Ask for it") : both("完成", "Done"),
      place: "reconcile" as const,
      ...(errors.length > 0 && { errors }),
    };
    return sendPage(c, actPage(view, c.var.visit.lang, chromeOf(c)), errors.length > 0 ? 422 : 200);
  }

  async function sendAsked(c: C, matter: Matter, waits: AskedAct, by: string) {
    const asker = await portal.identity.store.person(waits.askedBy);
    const told = matter.fields.flatMap(({ id, label, options }): Fact[] => {
      const given = waits.detail[id] ?? "";
      return given === "" ? [] : [{ label, value: options?.find(({ value }) => value === given)?.text ?? given }];
    });
    return sendPage(
      c,
      askedPage(
        {
          title: matter.title,
          text: matter.text,
          by: asker?.name ?? "–",
          at: waits.askedAt,
          back,
          facts: [...matter.facts, ...told],
          action: `${paymentPaths.reconcile}/${c.req.param("kind")}/${c.req.param("id")}`,
          answer: waits.askedBy === by ? "own" : "second",
          place: "reconcile",
        },
        c.var.visit.lang,
        chromeOf(c),
      ),
    );
  }

  async function asked(): Promise<ChoreList> {
    const rows = await askedActs(payments, shown);
    return {
      id: "asked",
      ...chores.lists.asked,
      chores: rows.map((one): Chore => {
        const onPayment = isPaymentId(one.subject);
        const href = onPayment
          ? `${paymentPaths.all}/${one.subject}/asked`
          : `${paymentPaths.reconcile}/${one.act}/${one.subject}`;
        return {
          title: onPayment ? actTitle(one.act) : both("對帳", "Reconciliation"),
          since: one.askedAt,
          task: both("看內容，確認或不同意。", "Look at it, then confirm or decline."),
          subject: subjectLink(one.subject),
          owner: roleTitles["treasury"]!,
          act: {
            href,
            text: both("打開", "Open"),
          },
        };
      }),
    };
  }

  async function incidents(): Promise<ChoreList> {
    const rows = await openIncidents(payments, shown);
    const now = clock.now();
    return {
      id: "incidents",
      ...chores.lists.incidents,
      chores: rows.map((one): Chore => {
        const words = chores.incidents[one.kind] ?? {
          title: one.kind as Text,
          task: "" as Text,
        };
        return {
          title: words.title,
          task: words.task,
          subject: subjectLink(one.subject),
          since: one.openedAt,
          owner: ownerTitle(one.owner),
          due: {
            at: one.dueAt,
            late: one.dueAt < now,
          },
          blocks: one.blocks,
          act: {
            href: `${paymentPaths.reconcile}/incident/${one.id}`,
            text: both("處理完了", "It is dealt with"),
          },
        };
      }),
    };
  }

  async function suspense(c: C): Promise<ChoreList> {
    const rows = await listSuspense(payments, shown);
    const today = portal.country.dayOf(clock.now());
    return {
      id: "suspense",
      ...chores.lists.suspense,
      chores: rows.map((one): Chore => ({
        ...whyWords(one.why),
        subject: one.candidate ? paymentLink(one.candidate) : html`<span class="proof">${one.reference}</span>`,
        amount: moneyText(one.amount, currency, c.var.visit.lang),
        owner: ownerTitle(one.owner),
        since: one.openedAt,
        due: {
          at: new Date(`${one.dueOn}T04:00:00Z`),
          late: one.dueOn < today,
        },
        act: {
          href: `${paymentPaths.reconcile}/suspense/${one.id}`,
          text: both("說明", "Explain"),
        },
      })),
    };
  }

  async function quarantined(): Promise<ChoreList> {
    const rows = await quarantine(payments, shown + 1);
    return {
      id: "quarantine",
      ...chores.lists.quarantine,
      chores: rows.slice(0, shown).map((one): Chore => ({
        title: outcomeTitle(one.why),
        task: chores.quarantine[one.why] ?? "",
        subject: one.instruction
          ? html`${paymentLink(one.instruction)} <small>${[one.code, one.reason].filter(Boolean).join(" ")}</small>`
          : html`<span class="proof">${one.name || one.statusFile.slice(0, 16)}</span>`,
        since: one.receivedAt,
        ...(one.instruction && {
          act: {
            href: `${paymentPaths.all}/${one.instruction}`,
            text: both("看這筆付款", "See the payment"),
          },
        }),
      })),
      more: rows.length > shown,
    };
  }

  async function unclear(): Promise<ChoreList> {
    const states: readonly State[] = ["unknown", "not-received", "rejected", "returned", "held"];
    const { lines, next } = await listPayments(payments, { states }, shown);
    return {
      id: "unclear",
      ...chores.lists.unclear,
      chores: lines.map((line): Chore => ({
        title: stateTag(line.state).text,
        task: chores.states[line.state] ?? "",
        subject: html`<a href="${paymentPaths.all}/${line.id}">${line.caseRef}</a>`,
        since: line.since,
      })),
      ...(next !== undefined && {
        more: true,
        moreHref: `${paymentPaths.all}?state=unknown`,
      }),
    };
  }

  async function undelivered(): Promise<ChoreList> {
    const now = clock.now().getTime();
    const rows = (await filesWaiting(payments)).filter(
      ({ writtenAt, attempts }) => attempts > 1 || now - writtenAt.getTime() > 15 * 60_000,
    );
    return {
      id: "files",
      ...chores.lists.files,
      chores: rows.map((file): Chore => ({
        title: both("檔案送不出去", "A file does not leave"),
        task: both(
          `系統會繼續重試（已 ${file.attempts} 次${file.fault ? `，${file.fault}` : ""}）；超過截止時間請與銀行聯絡。`,
          `It is tried again by itself (${file.attempts} times${file.fault ? `, ${file.fault}` : ""}); call the bank before the cut-off.`,
        ),
        subject: html`<a href="${paymentPaths.files}/${file.id}">${file.id}</a>`,
        since: file.writtenAt,
      })),
    };
  }

  return routes;
}

function paymentLink(id: string) {
  return html`<a href="${paymentPaths.all}/${id}">${id.slice(0, 8)}…${id.slice(-2)}</a>`;
}

function subjectLink(subject: string) {
  if (isPaymentId(subject)) return paymentLink(subject);
  return html`<span class="proof">${subject}</span>`;
}

function ownerTitle(owner: string): Localised {
  return owner === "operator" ? both("系統管理者", "The operator") : (roleTitles[owner] ?? both(owner, owner));
}

function readMatter(matter: Matter, form: Readonly<Record<string, string>>) {
  const detail: Record<string, string> = {};
  const errors: FieldError[] = [];
  for (const { id, label, options } of matter.fields) {
    const text = (form[id] ?? "").trim().replaceAll(/\s+/g, " ").slice(0, 400);
    const name = typeof label === "string" ? both(label, label) : label;
    const good = options ? options.some(({ value }) => value === text) : text !== "" || id === "subject";
    if (!good) errors.push({ field: id, text: both(`請填「${name["zh-Hant"]}」。`, `Fill in: ${name.en}.`) });
    detail[id] = text;
  }
  if (
    detail["kind"] !== undefined &&
    detail["kind"] !== "not-ours" &&
    detail["kind"] !== "" &&
    detail["subject"] === ""
  )
    errors.push({
      field: "subject",
      text: both("請填付款編號或追回編號。", "Give the id of the payment or of the recovery."),
    });
  return { detail, errors };
}
