"""What a Telegram update means to us: pure, from raw JSON to bot.messages.

Its neighbours: telegram.py hands it over, telegram_content.py reads what a message holds.
"""

import re
from dataclasses import dataclass, replace
from typing import Any

from telegram import CallbackQuery, ChatMember, ChatMemberRestricted, ChatMemberUpdated, Message, Update
from telegram.constants import ChatMemberStatus, ChatType, MessageEntityType

from bot.channels import Raw
from bot.channels.telegram_content import attachments, said, words
from bot.messages import Address, ChatChange, ChatEvent, Incoming, Votes, cleaned, whole

_COMMAND = re.compile(r"/(?P<name>\w+)(?:@(?P<bot>\w+))?(?:\s+(?P<rest>.*))?", re.DOTALL | re.ASCII)


def read(update: Raw, bot_id: str, username: str, name: str = "telegram") -> Incoming | ChatEvent | Votes | None:
    """None for what does not concern us, and for what bots say; raises on what cannot be read.

    `name` is the account's, for its addresses; `username` may not be known yet.
    """
    if "poll" in update:
        return votes(update, name)
    told, reader = Update.de_json(_whole(update)), _Reader(name, bot_id, username)
    if told.my_chat_member is not None:
        return reader.membership(told.my_chat_member, str(told.update_id))
    if told.callback_query is not None:
        return reader.press(told.callback_query)
    message = told.message or told.edited_message
    if message is None or message.chat.type == ChatType.CHANNEL:
        return None
    if told.edited_message is not None:
        return reader.corrected(message)
    return reader.moved(message, str(told.update_id)) or reader.said(message)


def _whole(told: Any) -> Any:
    """Half a character in a name must not stop the one who bears it."""
    match told:
        case str():
            return whole(told)
        case dict():
            return {key: _whole(value) for key, value in told.items()}
        case list():
            return [_whole(value) for value in told]
    return told


def votes(holder: Raw, name: str) -> Votes | None:
    """The poll that an update or a message holds; None where there is none."""
    match holder.get("poll"):
        case {"id": str(id), "options": [*options]}:
            return Votes(f"{name}:{id}", tuple(int(option["voter_count"]) for option in options))
    return None


def _in_group(type: str) -> bool:
    return type in (ChatType.GROUP, ChatType.SUPERGROUP)


@dataclass(frozen=True, slots=True)
class _Reader:
    """Who we are, to know what was said to us."""

    name: str
    bot_id: str
    username: str

    def said(self, message: Message) -> Incoming | None:
        speaker = self._speaker(message)
        files, typed = tuple(attachments(message)), cleaned(said(message))
        text = words(message)
        if speaker is None or not (said(message) or text or files):
            return None
        in_group = _in_group(message.chat.type)
        command = _COMMAND.fullmatch(typed)
        ours = self._ours(message.reply_to_message)
        return Incoming(
            id=str(message.message_id),
            chat=self._address(message.chat.id),
            in_group=in_group,
            sender=speaker[0],
            sender_name=speaker[1],
            sent_at=message.date,
            text=self._without_our_name(text),
            attachments=files,
            addressed=not in_group or self._addressed(message, command),
            start=self._start(command),
            album=message.media_group_id or "",
            thread=_thread(message),
            chat_title=cleaned(message.chat.title or ""),
            replies_to=str(ours.message_id) if ours else "",
            quoted=said(ours),
            forwarded=message.forward_origin is not None,
        )

    def corrected(self, message: Message) -> Incoming | None:
        """What a message says since its sender changed it.

        Telegram tells in the same way of a live location that moves and of what nobody changed: that has no date.
        """
        heard = self.said(message) if message.edit_date is not None and message.location is None else None
        if heard is None or message.edit_date is None:
            return None
        return replace(heard, id=f"{heard.id}/e{int(message.edit_date.timestamp())}", edits=heard.id)

    def press(self, query: CallbackQuery) -> Incoming | None:
        """A pressed button. Telegram does not say when: its message's time stands in, 1970 if that is out of reach."""
        pressed = query.message
        if pressed is None or query.data is None or query.from_user.is_bot:
            return None
        return Incoming(
            id=f"cb{query.id}",
            chat=self._address(pressed.chat.id),
            in_group=_in_group(pressed.chat.type),
            sender=self._address(query.from_user.id),
            sender_name=cleaned(query.from_user.full_name),
            sent_at=pressed.date,
            choice=query.data,
            thread=_thread(pressed) if isinstance(pressed, Message) else "",
            chat_title=cleaned(pressed.chat.title or ""),
            replies_to=str(pressed.message_id),
            quoted=said(pressed) if isinstance(pressed, Message) else "",
        )

    def moved(self, message: Message, id: str) -> ChatEvent | None:
        """A group became a supergroup: told in the old chat and again in the new one."""
        if message.migrate_to_chat_id:
            old, new = message.chat.id, message.migrate_to_chat_id
        elif message.migrate_from_chat_id:
            old, new = message.migrate_from_chat_id, message.chat.id
        else:
            return None
        title = cleaned(message.chat.title or "")
        where = self._address(old)
        return ChatEvent(id, where, ChatChange.MOVED, in_group=True, at=message.date, title=title, new_id=str(new))

    def membership(self, told: ChatMemberUpdated, id: str) -> ChatEvent | None:
        if told.chat.type == ChatType.CHANNEL:
            return None
        in_group = _in_group(told.chat.type)
        change = _change(told.old_chat_member, told.new_chat_member, in_group=in_group)
        if change is None:
            return None
        reason = "muted" if change is ChatChange.MUTED else ""
        if change is ChatChange.REMOVED:
            by_itself = str(told.from_user.id) == self.bot_id
            reason = "left" if by_itself else "kicked" if in_group else "blocked"
        return ChatEvent(
            id,
            self._address(told.chat.id),
            change,
            in_group,
            at=told.date,
            title=cleaned(told.chat.title or ""),
            by=self._address(told.from_user.id),
            reason=reason,
        )

    def _address(self, id: int) -> Address:
        return Address(self.name, str(id))

    def _speaker(self, message: Message) -> tuple[Address, str] | None:
        """Who said it; None for bots and channels. An administrator may speak in the name of the group."""
        if message.via_bot is not None or message.sender_business_bot is not None:
            return None  # a person sent it, but the words are a bot's
        if message.sender_chat is not None:
            group = message.chat
            return (self._address(group.id), cleaned(group.title or "")) if message.sender_chat.id == group.id else None
        person = message.from_user
        return None if person is None or person.is_bot else (self._address(person.id), cleaned(person.full_name))

    def _ours(self, answered: Message | None) -> Message | None:
        """The message that is replied to, if we sent it."""
        by = answered.from_user if answered is not None else None
        return answered if by is not None and str(by.id) == self.bot_id else None

    def _addressed(self, message: Message, command: re.Match[str] | None) -> bool:
        if command:
            return self._is_us(command["bot"])
        return self._ours(message.reply_to_message) is not None or any(
            self._is_us(name) for name in _mentioned(message)
        )

    def _is_us(self, name: str | None) -> bool:
        """Until getMe has told our name every bot is us: in groups Telegram hands over little that is for others."""
        if not self.username:
            return name is None or name.casefold().endswith("bot")
        return name is None or name.casefold() == self.username.casefold()

    def _start(self, command: re.Match[str] | None) -> str:
        if command is None or command["name"] != "start" or not self._is_us(command["bot"]):
            return ""
        return (command["rest"] or "").strip()

    def _without_our_name(self, text: str) -> str:
        """«/tin@OurBot x» → «/tin x»; «@OurBot, chào» → «chào»."""
        if not self.username:
            return text
        name = re.escape(self.username)
        bare = re.sub(rf"^(/\w+)@{name}\b", r"\1", text, flags=re.IGNORECASE)
        return re.sub(rf"(?<!\w)@{name}\b[,:]?[ \t]*", "", bare, flags=re.IGNORECASE).strip()


def _mentioned(message: Message) -> list[str]:
    kinds: list[str | None] = [MessageEntityType.MENTION]
    if message.text:
        found = message.parse_entities(kinds)
    else:
        found = message.parse_caption_entities(kinds) if message.caption else {}
    return [name.removeprefix("@") for name in found.values()]


def _thread(message: Message) -> str:
    """The topic it was said in. Replies carry a thread id outside of forums, too: that is no topic."""
    return str(message.message_thread_id) if message.is_topic_message and message.message_thread_id else ""


def _change(before: ChatMember, after: ChatMember, *, in_group: bool) -> ChatChange | None:
    """A private chat only ever tells of «blocked» (kicked) and «unblocked» (member)."""
    if not _inside(after):
        return ChatChange.REMOVED
    if not in_group:
        return ChatChange.BACK
    if not _inside(before):
        return ChatChange.ADDED
    if _mute(after) == _mute(before):
        return None
    return ChatChange.MUTED if _mute(after) else ChatChange.BACK


def _inside(member: ChatMember) -> bool:
    if isinstance(member, ChatMemberRestricted):
        return member.is_member
    return member.status not in (ChatMemberStatus.LEFT, ChatMemberStatus.BANNED)


def _mute(member: ChatMember) -> bool:
    return isinstance(member, ChatMemberRestricted) and not member.can_send_messages
