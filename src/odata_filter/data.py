"""Class statements to slotted classes of data, at a fraction of the time that `dataclasses` takes.

To import `dataclasses` and to make a class with it costs more than to read a filter. Here are `dataclass`, `field`
and `replace` of the same meaning, for the options in use; `dataclasses.fields` and its kin know the classes too.
"""

from operator import attrgetter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from dataclasses import dataclass, field, replace
    from typing import ParamSpec, TypeVar

    _P = ParamSpec("_P")
    _T = TypeVar("_T")

    def maker(cls: Callable[_P, _T]) -> Callable[_P, _T]: ...  # noqa: D103 - it stands below

else:
    _NONE = object()
    _PAYS = 8
    """With this instance of a class it is quicker to make a function that fills them."""

    class field:  # noqa: N801 - named as in the standard library
        """What is special about one field: where its default comes from, and who sees it."""

        __slots__ = ("compare", "default", "default_factory", "init", "repr")

        def __init__(self, *, default=_NONE, default_factory=_NONE, init=True, compare=True, repr=True):  # noqa: A002 - likewise
            self.default = default
            self.default_factory = default_factory
            self.init = init
            self.compare = compare
            self.repr = repr

        def made(self):
            """The value where none is given."""
            return self.default if self.default_factory is _NONE else self.default_factory()

    def dataclass(*, slots, frozen=False, kw_only=False, eq=True, repr=True):  # noqa: A002 - likewise
        """Decorate a class: its annotations become fields, in their order."""
        if not slots:
            raise NotImplementedError
        return lambda cls: _made(cls, frozen=frozen, positional=not kw_only, eq=eq, shown=repr)

    def replace(instance, /, **changes):
        """The same data but for the given fields."""
        fields = type(instance).__dict__["__dataclass_fields__"].fields
        kept = {name: getattr(instance, name) for name, each in fields.items() if each.init and name not in changes}
        return type(instance)(**kept, **changes)

    def maker(cls):
        """A function that makes instances of a frozen class out of all its fields, in their order.

        It takes less than half of the time of the class itself: Python enters it without a detour through the type,
        and it fills an instance that is of the class only afterwards, when there is no refusal to go around.
        """
        names = cls.__slots__
        draft = type(cls.__name__, cls.__bases__, {"__slots__": names})
        code = (_from_three if len(names) == 3 else _from_four).__code__  # noqa: PLR2004 - as it says
        stored = dict(zip(("first", "second", "third", "fourth"), names, strict=False))
        code = code.replace(co_names=tuple(stored.get(name, name) for name in code.co_names))
        return type(maker)(code, {"draft": draft, "own": cls})

    def _from_three(first, second, third):
        made = draft()  # noqa: F821 - known where the code is used, as are the names of the fields
        made.first = first
        made.second = second
        made.third = third
        made.__class__ = own  # noqa: F821 - likewise
        return made

    def _from_four(first, second, third, fourth):
        made = draft()  # noqa: F821 - likewise
        made.first = first
        made.second = second
        made.third = third
        made.fourth = fourth
        made.__class__ = own  # noqa: F821 - likewise
        return made

    def _made(cls, *, frozen, positional, eq, shown):
        fields = {name: _field(cls, name) for name in cls.__annotations__}
        own = {name: value for name, value in vars(cls).items() if name not in {"__dict__", "__weakref__", *fields}}
        body = {"__slots__": tuple(fields), "__dataclass_fields__": _Fields(fields)}
        body["__match_args__"] = tuple(name for name, each in fields.items() if positional and each.init)
        if eq:
            body |= _comparison(attrgetter(*(name for name, each in fields.items() if each.compare)), frozen=frozen)
        if frozen:
            body |= {"__setattr__": _refuse, "__delattr__": _refuse, "__getstate__": _contents, "__setstate__": _fill}
        if shown:
            body["__repr__"] = _representation(tuple(name for name, each in fields.items() if each.repr))
        made = type(cls)(cls.__name__, cls.__bases__, body | own)
        made.__init__ = _deferred(made, fields, positional=positional)
        return made

    def _deferred(cls, fields, *, positional):
        """An initialiser for the first few instances; many classes of a program never have more."""
        names = [name for name, each in fields.items() if each.init]
        waiting = _PAYS

        def __init__(self, *args, **kwargs):  # noqa: N807 - it is one
            nonlocal waiting
            waiting -= 1
            given = dict(zip(names, args if positional else (), strict=False)) | kwargs
            if waiting > 0 and len(given) == len(args) + len(kwargs) and _filled(self, fields, given):
                return
            cls.__init__ = _initialiser(cls, fields, positional=positional)
            cls.__init__(self, *args, **kwargs)

        return __init__

    def _filled(self, fields, given):
        """Whether what is given is right for the fields, and fills them."""
        made = {name: each.made() for name, each in fields.items() if name not in given or not each.init}
        if len(made) + len(given) != len(fields) or any(value is _NONE for value in made.values()):
            return False
        for name, value in (made | given).items():
            object.__setattr__(self, name, value)
        if hasattr(self, "__post_init__"):
            self.__post_init__()
        return True

    def _field(cls, name):
        given = vars(cls).get(name, _NONE)
        return given if isinstance(given, field) else field(default=given)

    def _initialiser(cls, fields, *, positional):
        """The function that fills a new instance, a frozen one through its slots."""
        filling = "self.{0} = {1}" if cls.__setattr__ is object.__setattr__ else "set_{0}(self, {1})"
        scope, parameters, lines = {"none": _NONE}, [], []
        for name, each in fields.items():
            scope |= {f"set_{name}": vars(cls)[name].__set__, f"new_{name}": each.default_factory}
            scope[f"default_{name}"] = each.default
            made = each.default_factory is not _NONE
            if each.init:
                optional = made or each.default is not _NONE
                parameters.append(f"{name}={'none' if made else f'default_{name}'}" if optional else name)
            value = f"new_{name}() if {name} is none else {name}" if each.init else f"new_{name}()"
            lines.append(filling.format(name, value if made else name))
        if hasattr(cls, "__post_init__"):
            lines.append("self.__post_init__()")
        head = ", ".join(["self", *([] if positional else ["*"]), *parameters])
        exec(f"def __init__({head}): {'; '.join(lines)}", scope)  # noqa: S102 - names of fields only
        return scope["__init__"]

    def _comparison(key, *, frozen):
        def equal(self, other):
            return key(self) == key(other) if type(other) is type(self) else NotImplemented

        return {"__eq__": equal, "__hash__": (lambda self: hash(key(self))) if frozen else None}

    def _representation(names):
        def representation(self):
            return f"{type(self).__name__}({', '.join(f'{name}={getattr(self, name)!r}' for name in names)})"

        return representation

    def _contents(self):
        return [getattr(self, name) for name in self.__slots__]

    def _fill(self, contents):
        for name, value in zip(self.__slots__, contents, strict=True):
            object.__setattr__(self, name, value)

    def _refuse(_, name, *__):
        from dataclasses import FrozenInstanceError  # noqa: PLC0415 - rarely needed, slow to import

        raise FrozenInstanceError(f"cannot assign to field {name!r}")

    class _Fields:
        """What `dataclasses` itself asks a class for, made when it asks for the first time."""

        def __init__(self, fields):
            self.fields = fields
            self.described = None

        def __get__(self, instance, owner):
            if self.described is None:
                self.described = self._described(owner)
            return self.described

        def _described(self, owner):
            from dataclasses import MISSING, make_dataclass  # noqa: PLC0415 - likewise
            from dataclasses import field as described  # noqa: PLC0415 - likewise

            options = ("default", "default_factory", "init", "compare", "repr")
            given = [
                (name, [(option, getattr(each, option)) for option in options]) for name, each in self.fields.items()
            ]
            each = [
                (name, object, described(**{option: MISSING if value is _NONE else value for option, value in pairs}))
                for name, pairs in given
            ]
            return make_dataclass(owner.__name__, each, kw_only=not owner.__match_args__).__dataclass_fields__


__all__ = ["dataclass", "field", "maker", "replace"]
