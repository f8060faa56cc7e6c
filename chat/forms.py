"""The pages' forms. They carry what was typed; the rules on it are the services'."""

from django import forms
from django.utils.translation import gettext_lazy as _


class NicknameForm(forms.Form):
    nickname = forms.CharField(
        label=_("Nickname"), max_length=1_000, strip=False,
        error_messages={"required": _("Write a nickname first.")},
    )  # fmt: skip
    code = forms.CharField(required=False, max_length=400, widget=forms.HiddenInput)
    next = forms.CharField(required=False, max_length=400, widget=forms.HiddenInput)


class RenameForm(forms.Form):
    nickname = forms.CharField(
        label=_("Nickname"), max_length=1_000, strip=False,
        error_messages={"required": _("Write a nickname first.")},
    )  # fmt: skip


class CodeForm(forms.Form):
    code = forms.CharField(
        label=_("Invite code"), max_length=400,
        error_messages={"required": _("Type the code first.")},
    )  # fmt: skip


class RoomForm(forms.Form):
    title = forms.CharField(
        label=_("Title"), max_length=2_000, strip=False,
        error_messages={"required": _("Give the room a title.")},
    )  # fmt: skip
    listed = forms.BooleanField(label=_("Open to everyone"), required=False)


class LoginForm(forms.Form):
    username = forms.CharField(
        label=_("User name"), max_length=150,
        widget=forms.TextInput(attrs={"autocomplete": "username"}),
    )  # fmt: skip
    password = forms.CharField(
        label=_("Password"), max_length=1_000, strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )  # fmt: skip


class SignInForm(LoginForm):
    next = forms.CharField(required=False, max_length=400, widget=forms.HiddenInput)


class PasswordForm(forms.Form):
    old_password = forms.CharField(
        label=_("Current password"), max_length=1_000, strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        error_messages={"required": _("Write the password you have now.")},
    )  # fmt: skip
    new_password = forms.CharField(
        label=_("New password"), max_length=1_000, strip=False,
        help_text=_("At least 8 characters, and not one that many people use."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        error_messages={"required": _("Write a new password.")},
    )  # fmt: skip


class NewLoginForm(LoginForm):
    password = forms.CharField(
        label=_("Password"), max_length=1_000, strip=False,
        help_text=_("At least 8 characters, and not one that many people use."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )  # fmt: skip
