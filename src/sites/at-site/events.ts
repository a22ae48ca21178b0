import { identifierPath, openEventDesk, type EventDesk } from "#exchange";
import { systemClock } from "#kernel";
import { openDatabase } from "#store";
import { memberIdOf } from "../member-path.ts";
import { siteFault } from "../site-file.ts";
import { readGatewayFile } from "./with-gateway.ts";

/** The events of a gateway's site, to look after while the gateway runs or not. */
export interface EventsAtSite {
  readonly desk: EventDesk;
  close(): Promise<void>;
}

/**
 * Opens the events of the gateway that a file describes, on its database.
 * @throws with `code` = `site-file` for a site that is no gateway or has no rooms
 */
export function openEventsAtSite(name: string): EventsAtSite {
  const { file } = readGatewayFile(name);
  const rooms = file.events?.rooms ?? [];
  if (rooms.length === 0) throw siteFault(name, 'no subsystem is a room: name one in "events": {"rooms": […]}');
  const database = openDatabase(file.database, { max: 2 });
  const member = memberIdOf(file.instance, file.member);
  const roomOf = (code: string): string => identifierPath({ ...member, subsystemCode: code });
  const desk = openEventDesk({ database, clock: systemClock, rooms: rooms.map(roomOf) });
  return { desk, close: () => database.close() };
}
