/**
 * The client that Java programs use: {@link archipel.client.Archipel} connects to the nodes of an ensemble, or to one
 * node, and gives {@link archipel.client.Database databases} with documents, bulk writes, lists, queries, feeds, blocks
 * and attachments, locks and elections, and objects that outlive the program. Requests go to another node where one
 * does not answer; reads never show an older block of a database than the client has seen.
 */
@NullMarked
package archipel.client;

import org.jspecify.annotations.NullMarked;
