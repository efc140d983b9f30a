"""Class statements to frozen, slotted classes of data, at a fraction of the time that `dataclasses` takes.

To import `dataclasses` and to make a class with it costs more than to read a filter. Here are `dataclass`, `field`
and `replace` of the same meaning, for a part of the options; `dataclasses.fields` and its kin know the classes too.
"""

from operator import attrgetter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from dataclasses import dataclass, field, replace
else:
    _REQUIRED = object()

    class field:  # noqa: N801 - named as in the standard library
        """What is special about one field: its default value, and whether equality and `repr` see it."""

        __slots__ = ("compare", "default", "repr")

        def __init__(self, *, default=_REQUIRED, compare=True, repr=True):  # noqa: A002 - likewise
            self.default = default
            self.compare = compare
            self.repr = repr

    def dataclass(*, frozen, slots, kw_only=False):
        """Decorate a class: its annotations become fields, in their order."""
        if not (frozen and slots):
            raise NotImplementedError
        return lambda cls: _made(cls, positional=not kw_only)

    def replace(instance, /, **changes):
        """The same data but for the given fields."""
        return type(instance)(**_contents(instance) | changes)

    def _made(cls, *, positional):
        names = tuple(cls.__annotations__)
        fields = {name: _field(cls, name) for name in names}
        body = {name: value for name, value in vars(cls).items() if name not in {"__dict__", "__weakref__", *names}}
        key = attrgetter(*(name for name in names if fields[name].compare))
        body |= {
            "__slots__": names,
            "__match_args__": names if positional else (),
            "__dataclass_fields__": _Fields(fields),
            "__setattr__": _refuse,
            "__delattr__": _refuse,
            "__reduce__": lambda self: (_filled, (type(self), _contents(self))),
            "__eq__": lambda self, other: key(self) == key(other) if type(other) is type(self) else NotImplemented,
            "__hash__": lambda self: hash(key(self)),
            "__repr__": _representation(tuple(name for name in names if fields[name].repr)),
        }
        made = type(cls)(cls.__name__, cls.__bases__, body)
        made.__init__ = _initialiser(made, fields, positional=positional)
        return made

    def _field(cls, name):
        given = vars(cls).get(name, _REQUIRED)
        return given if isinstance(given, field) else field(default=given)

    def _initialiser(cls, fields, *, positional):
        """The function that fills a new instance through its slots, which is how a frozen one can be filled."""
        scope = {"__builtins__": {}}
        for name, each in fields.items():
            scope |= {f"set_{name}": vars(cls)[name].__set__, f"default_{name}": each.default}
        optional = [
            f"{name}=default_{name}" if each.default is not _REQUIRED else name for name, each in fields.items()
        ]
        body = "; ".join(f"set_{name}(self, {name})" for name in fields)
        exec(f"def __init__(self, {'' if positional else '*, '}{', '.join(optional)}): {body}", scope)  # noqa: S102 - names of fields only
        return scope["__init__"]

    def _representation(names):
        def representation(self):
            return f"{type(self).__name__}({', '.join(f'{name}={getattr(self, name)!r}' for name in names)})"

        return representation

    def _contents(instance):
        return {name: getattr(instance, name) for name in instance.__slots__}

    def _filled(cls, contents):
        return cls(**contents)

    def _refuse(_, name, *__):
        from dataclasses import FrozenInstanceError  # noqa: PLC0415 - rarely needed, slow to import

        raise FrozenInstanceError(f"cannot assign to field {name!r}")

    class _Fields:
        """What `dataclasses` itself asks a class for, made when it asks."""

        def __init__(self, fields):
            self.fields = fields

        def __get__(self, instance, owner):
            from dataclasses import MISSING, make_dataclass  # noqa: PLC0415 - likewise
            from dataclasses import field as described  # noqa: PLC0415 - likewise

            each = [
                (
                    name,
                    owner.__annotations__[name],
                    described(default=MISSING if f.default is _REQUIRED else f.default, compare=f.compare, repr=f.repr),
                )
                for name, f in self.fields.items()
            ]
            return make_dataclass(owner.__name__, each).__dataclass_fields__


__all__ = ["dataclass", "field", "replace"]
