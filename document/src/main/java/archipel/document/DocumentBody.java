package archipel.document;

import java.util.List;

/**
 * What is stored of one revision.
 *
 * @param json a JSON object as received, without its members that begin with an underscore; UTF-8, not to be changed
 * @param attachments in ascending order of name
 */
public record DocumentBody(byte[] json, List<Attachment> attachments) {}
