import type { Localised } from "#kernel";
import { both } from "#ui";

/** An account in an agency's own directory. */
export interface AgencyAccount {
  /** Names the account for ever; never given to another. */
  readonly id: string;
  /** What the official types, and what is printed on the page. */
  readonly login: string;
  readonly name: string;
  /** The directory's groups; the operator of the portal says which stands for which role. */
  readonly groups: readonly string[];
  readonly note: Localised;
}

/** The Department of Social Welfare's directory: its people know nothing of the portal's staff register, nor it of them. */
export const socialWelfareAccounts: readonly AgencyAccount[] = [
  {
    id: "7f1d-0001",
    login: "wang.yc",
    name: "王怡君",
    groups: ["case-team"],
    note: both("承辦人", "caseworker"),
  },
  {
    id: "7f1d-0002",
    login: "chen.kh",
    name: "陳國華",
    groups: ["case-team"],
    note: both("承辦人，也放行撥款", "caseworker who also releases payments"),
  },
  {
    id: "7f1d-0003",
    login: "tsai.yc",
    name: "蔡宜君",
    groups: [],
    note: both("人員管理者", "staff manager"),
  },
  {
    id: "7f1d-0004",
    login: "wang.yc.test",
    name: "王怡君",
    groups: ["case-team"],
    note: both("王怡君的第二個帳號", "a second account of Wang Yi-chun"),
  },
  {
    id: "7f1d-0005",
    login: "intern",
    name: "劉實習",
    groups: ["case-team"],
    note: both("實習生，在入口網站沒有職務", "an intern, who holds no office at the portal"),
  },
];
