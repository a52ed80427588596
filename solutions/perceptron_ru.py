# %% [markdown]
# # Перцептрон читает цифры
#
# В этой главе нейронная сеть учится читать рукописные цифры MNIST. Сначала немного теории: что именно ищет сеть, как
# обратное распространение ошибки находит градиент, что делают dropout и стохастический градиентный спуск. Затем то же
# самое в PyTorch, от загрузки данных до проверки на тестовом множестве. В конце — домашнее задание: **точность не ниже
# 99 %**.
#
# Места, помеченные `TODO`, заполняете вы. После каждого из них стоит ячейка с `check(…)`: она за несколько секунд
# проверяет написанное, считает баллы и говорит словами, что исправить. Если всё верно, можно идти дальше.

# %% [markdown]
# Чтобы работать, ничего не устанавливая, откройте эту тетрадь в Colab:
# `https://colab.research.google.com/github/OWNER/REPO/blob/main/student/perceptron_ru.ipynb`, где OWNER/REPO — ваш
# репозиторий на GitHub.

# %% jupyter={"source_hidden": true}
# Colab и Kaggle открывают только эту тетрадь: там ячейка загружает файлы, которые лежат рядом с ней.
# Данные появятся в разделе 2. На вашем компьютере она не делает ничего.
import os
import subprocess
import sys
from pathlib import Path

repository = "OWNER/REPO"  # ваш репозиторий на GitHub
hosted = "google.colab" in sys.modules or "KAGGLE_KERNEL_RUN_TYPE" in os.environ
if hosted and not Path("student").exists() and not Path("homework").exists():
    address = f"https://github.com/{repository}"
    clone = ["git", "clone", "--quiet", "--depth=1", address, "homework"]
    environment = {**os.environ, "GIT_TERMINAL_PROMPT": "0"}
    fetched = subprocess.run(clone, env=environment, capture_output=True, check=False)
    if fetched.returncode:
        print(f"Загрузить {address} не удалось: исправьте имя выше")
        print("или загрузите папку `student` сами («Файлы» слева).")
    else:
        sys.path.insert(0, str(Path("homework").resolve()))
        os.chdir("homework/student")

# %%
import math
import os
import shutil
import sys
import tempfile
from pathlib import Path

# PyTorch читает это при импорте: потоки спят, пока ждут, и другие программы меньше замедляют обучение.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")
os.environ.setdefault("GOMP_SPINCOUNT", "3000")

import matplotlib.pyplot as plt
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset
from torchvision import datasets, transforms
from tqdm import tqdm

torch.manual_seed(0)
if torch.cuda.is_available():
    device = torch.device("cuda")
elif torch.backends.mps.is_available():
    device = torch.device("mps")
else:
    device = torch.device("cpu")
print(f"torch {torch.__version__}, устройство {device}")

# %% jupyter={"source_hidden": true} nbgrader={"grade": false, "grade_id": "stderr", "locked": true, "schema_version": 3, "solution": false, "task": false}
# Здесь ничего делать не надо. nbgrader не даёт баллов за ячейку, которая пишет в stderr, а на странице
# не должны оставаться все шаги индикатора.
from IPython import get_ipython
from IPython.display import display


class Bars:
    """Стоит на месте stderr: индикатор виден, пока он идёт, всё остальное попадает в stdout."""

    def __init__(self, stdout):
        self.stdout, self.open, self.cell, self.bar = stdout, False, None, None

    def __getattr__(self, name):
        return getattr(self.stdout, name)

    def isatty(self):
        """Кто спросит, рисует здесь индикатор, как в терминале."""
        return True

    def write(self, text):
        """Показывает индикатор в одном месте под ячейкой и печатает всё, что не индикатор."""
        if self.open and not text.strip("\n\x1b[A"):  # так перемещают курсор между индикаторами
            return len(text)
        self.open = text.startswith("\r")
        if not self.open:
            return self.stdout.write(text)
        bar, cell = {"text/plain": text.strip()}, get_ipython().execution_count
        if cell == self.cell:
            self.bar.update(bar, raw=True)
        elif text.strip():
            self.cell, self.bar = cell, display(bar, raw=True, display_id=True)
        return len(text)


sys.stderr = Bars(sys.stdout)

# %% [markdown]
# ## 1. Теория
#
# ### 1.1. Классификация как регрессия
#
# Изображение — это вектор *x ∈ ℝ⁷⁸⁴* (28×28 пикселей), а ответ — цифра *y ∈ {0, …, 9}*. Цифры —
# не числа, а названия: «7» не больше «1» в семь раз. Поэтому ответ записывают вектором *e<sub>y</sub> ∈ ℝ¹⁰*, в
# котором на месте *y* стоит единица, а на остальных местах нули. Теперь это задача регрессии: найти функцию
# *f: ℝ⁷⁸⁴ → ℝ¹⁰*, значение которой в среднем близко к *e<sub>y</sub>*.
#
# Если мерить близость квадратом расстояния, то наименьшее значение *E ‖f(x) − e<sub>y</sub>‖²* (*E* — среднее) даёт условное
# среднее:
#
# > *f(x) = E[e<sub>y</sub> | x] = (P(0 | x), …, P(9 | x))*
#
# Итак, регрессия сама приводит нас к **вероятностям** цифр. Чтобы *f* была распределением вероятностей при любых
# параметрах, сеть выдаёт произвольные числа *s ∈ ℝ¹⁰* — *оценки* (scores, их называют и логитами), — а
# вероятности получаются из них функцией softmax:
#
# > *p<sub>k</sub> = exp(s<sub>k</sub>) / Σ<sub>j</sub> exp(s<sub>j</sub>)*
#
# ### 1.2. Функция потерь
#
# Для вероятностей вместо квадрата расстояния берут **перекрёстную энтропию**: минус логарифм вероятности, которую сеть
# приписала правильному ответу, в среднем по *N* примерам:
#
# > *L(θ) = −(1/N) · Σ<sub>n</sub> ln p(y<sub>n</sub> | x<sub>n</sub>)*
#
# Минимум у неё тот же самый — истинные условные вероятности, — но за уверенную ошибку она наказывает намного сильнее,
# а её градиент по оценкам удивительно прост: *∂L/∂s = (p − e<sub>y</sub>) / N*. Сеть, которая ничего не знает,
# приписывает каждой цифре *1/10*, и её потери равны *ln 10 ≈ 2,303*. С этим числом полезно сравнивать первые
# строчки обучения.

# %%
scores = torch.zeros(4, 10)  # четыре примера, все оценки равны: сеть ничего не знает
labels = torch.tensor([3, 1, 4, 1])
print(f"потери без всякого знания {nn.CrossEntropyLoss()(scores, labels):.4f}, ln 10 = {math.log(10):.4f}")

# %% [markdown]
# ### 1.3. Обратное распространение ошибки
#
# Чтобы уменьшать потери, нужен их градиент по каждому параметру. Сеть — это сложная функция, а производная сложной
# функции есть произведение производных (правило цепочки). Обратное распространение — это правило цепочки, применённое
# от выхода ко входу: так каждое промежуточное произведение вычисляется один раз, и весь градиент стоит примерно вдвое
# дороже прямого прохода. Нейронные сети учат так со времён статьи
# [Румельхарта, Хинтона и Уильямса (1986)](https://doi.org/10.1038/323533a0).
#
# Возьмём сеть из двух слоёв. В скобках указаны формы: *N* примеров, *d* входов, *h* скрытых нейронов, 10 выходов.
#
# | вперёд | | назад, от потерь | |
# |---|---|---|---|
# | *Z = X W₁ᵀ + b₁* | *(N, h)* | *dS = (P − Y) / N* | *(N, 10)* |
# | *H = max(Z, 0)* | *(N, h)* | *dW₂ = dSᵀ H*, *db₂ = Σ<sub>n</sub> dS<sub>n</sub>* | *(10, h)*, *(10)* |
# | *S = H W₂ᵀ + b₂* | *(N, 10)* | *dH = dS W₂* | *(N, h)* |
# | *P = softmax(S)* | *(N, 10)* | *dZ = dH ⊙ [Z > 0]* | *(N, h)* |
# | *L = −(1/N) · Σ<sub>n</sub> ln P<sub>ny</sub>* | число | *dW₁ = dZᵀ X*, *db₁ = Σ<sub>n</sub> dZ<sub>n</sub>* | *(h, d)*, *(h)* |
#
# Буква *d* перед именем обозначает градиент, как и в коде ниже: *dA = ∂L/∂A*, и форма у *dA* всегда та же, что у *A*. Это
# лучшая подсказка при выводе: чаще всего есть только один способ перемножить матрицы так, чтобы формы сошлись.
# *P<sub>ny</sub>* — вероятность правильной цифры *y* примера *n*.
#
# Каждая строка справа — правило цепочки для строки слева от неё:
#
# - **Потери и softmax.** *−ln P<sub>ny</sub> = ln Σ<sub>j</sub> exp(S<sub>nj</sub>) − S<sub>ny</sub>*, и производная этого по *S<sub>nk</sub>* равна
#   *exp(S<sub>nk</sub>) / Σ<sub>j</sub> exp(S<sub>nj</sub>) − [k = y] = P<sub>nk</sub> − Y<sub>nk</sub>*. Здесь *Y* — ответы, по строке *e<sub>y</sub>* на пример, а
#   среднее по примерам добавляет множитель *1/N*.
# - **Линейный слой.** *S<sub>nk</sub> = Σ<sub>j</sub> H<sub>nj</sub> W<sub>kj</sub> + b<sub>k</sub>*, где *W* — это *W₂*, а *b* — *b₂*. Вес *W<sub>kj</sub>* входит в оценку *k* каждого
#   примера с множителем *H<sub>nj</sub>*, поэтому его градиент — сумма по примерам *Σ<sub>n</sub> dS<sub>nk</sub> H<sub>nj</sub>*, то есть
#   *dSᵀ H*. А нейрон *H<sub>nj</sub>* влияет на все оценки своего примера: *dH<sub>nj</sub> = Σ<sub>k</sub> dS<sub>nk</sub> W<sub>kj</sub>*.
# - **ReLU.** Производная *max(z, 0)* равна 1 при *z > 0* и 0 при *z < 0*: градиент проходит только через те нейроны,
#   которые были включены.
#
# Проверим формулы: посчитаем градиент вручную и сравним с тем, что находит PyTorch.

# %%
N, d, h = 5, 784, 32
generator = torch.Generator().manual_seed(1)


def normal(*shape):
    """Случайный тензор с двойной точностью: тогда расхождение покажет ошибку в формуле, а не округление."""
    return torch.randn(*shape, generator=generator, dtype=torch.float64)


X, y = normal(N, d), torch.tensor([3, 1, 4, 1, 5])
W1, b1 = (normal(h, d) / d**0.5).requires_grad_(), normal(h).requires_grad_()
W2, b2 = (normal(10, h) / h**0.5).requires_grad_(), normal(10).requires_grad_()

# вперёд
Z = X @ W1.T + b1  # (N, h)
H = Z.clamp(min=0)  # (N, h)
S = H @ W2.T + b2  # (N, 10)
L = nn.functional.cross_entropy(S, y)  # число

# назад, вручную
with torch.no_grad():
    Y = nn.functional.one_hot(y, 10)  # (N, 10)
    dS = (S.softmax(dim=1) - Y) / N  # (N, 10)
    dW2, db2 = dS.T @ H, dS.sum(dim=0)  # (10, h), (10,)
    dH = dS @ W2  # (N, h)
    dZ = dH * (Z > 0)  # (N, h)
    dW1, db1 = dZ.T @ X, dZ.sum(dim=0)  # (h, d), (h,)

# назад, силами PyTorch
L.backward()
for name, by_hand, parameter in (("W1", dW1, W1), ("b1", db1, b1), ("W2", dW2, W2), ("b2", db2, b2)):
    difference = (by_hand - parameter.grad).abs().max().item()
    print(f"{name} {tuple(parameter.shape)!s:10} наибольшее расхождение {difference:.1e}")
    assert difference < 1e-12

# %% [markdown]
# ### 1.4. Dropout
#
# Большая сеть способна выучить обучающие примеры наизусть вместе со всем случайным, что в них есть: потери на них всё
# падают, а на незнакомых цифрах растут. Это **переобучение**, overfitting. Одна из его причин — **коадаптация**,
# co-adaptation: нейроны привыкают друг к другу, каждый исправляет ошибки именно этих соседей, и все вместе они
# подходят только к обучающим примерам.
#
# **Dropout** ([Srivastava и др., 2014](https://jmlr.org/papers/v15/srivastava14a.html)) не даёт нейрону полагаться на
# другие, ведь любого из них может не оказаться: во время обучения каждый элемент независимо обнуляется с вероятностью
# *p*, а уцелевшие умножаются на *1/(1 − p)*:
#
# > *x → 0* с вероятностью *p*, *x → x / (1 − p)* с вероятностью *1 − p*
#
# Множитель нужен, чтобы среднее не изменилось: *p · 0 + (1 − p) · x / (1 − p) = x*. Поэтому при
# проверке, когда dropout выключен, следующий слой получает величины привычного ему масштаба, и больше ничего
# исправлять не надо. Режим переключают `model.train()` и `model.eval()`. Как выглядит переобучение и что с ним делает
# dropout, показано в конце раздела 2, когда уже есть цифры, на которых можно учить.

# %%
p, n_draws = 0.2, 20_000
dropout = nn.Dropout(p)
x = torch.tensor([0.5, -1.0, 2.0, 4.0])
dropped = dropout(x.expand(n_draws, 4))  # модуль создаётся в режиме обучения
print("один раз:           ", dropped[0].tolist())
print("доля нулей:         ", [round(share, 3) for share in (dropped == 0).float().mean(dim=0).tolist()])
print("среднее:            ", [round(mean, 2) for mean in dropped.mean(dim=0).tolist()], "должно быть", x.tolist())
print("eval() не делает ничего:", dropout.eval()(x).tolist())
assert torch.allclose(dropped.mean(dim=0), x, rtol=0.02)

# %% [markdown]
# ### 1.5. Стохастический градиентный спуск
#
# Градиентный спуск делает шаг против градиента: *θ ← θ − η ∇L(θ)*, где *η* —
# скорость обучения, learning rate. Но потери *L* — среднее по всем 60 000 примерам, и считать ради одного шага все
# было бы расточительно. Среднее по **батчу** из *B* случайных примеров — несмещённая оценка полного градиента; её
# разброс убывает как *1/√B*, а стоит она в *60 000/B* раз меньше.
#
# Примеры перемешивают, делят на батчи и делают по шагу на каждый. Один проход по всем примерам называется **эпохой**:
# при *B = 16* это *60 000 / 16 = 3750* шагов. Перед следующей эпохой примеры перемешивают заново. Если *B* не делит
# число примеров, последний батч эпохи меньше остальных; об этом надо помнить, когда усредняют потери.

# %% [markdown]
# ## 2. Данные
#
# MNIST — это 60 000 изображений для обучения и 10 000 для проверки. `torchvision` загружает его и превращает каждое
# изображение в тензор (1, 28, 28) со значениями от 0 до 1. `DataLoader` собирает примеры в батчи: `batch_size` —
# сколько примеров в батче, `shuffle` — перемешивать ли их перед каждой эпохой, `num_workers` — сколько процессов
# готовят батчи заранее. При 0 батчи готовит сама программа; для таких маленьких изображений это обычно быстрее всего.

# %%
try:
    from platformdirs import user_cache_path
except ImportError:  # на чужом сервере её может не быть
    root = Path.home() / ".cache" / "perceptron-grader"
else:
    root = user_cache_path("perceptron-grader", appauthor=False)  # здесь хранится MNIST: 12 МБ загружаются один раз
nearby = os.environ.get("GRADER_DATA_ROOT")  # если MNIST есть на этой машине: папка, в которой лежит MNIST/raw
raw = root / "MNIST" / "raw"
names = [f"{part}-{kind}-ubyte" for part in ("train", "t10k") for kind in ("images-idx3", "labels-idx1")]
if not all((raw / name).is_file() for name in names):
    raw.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=root) as scratch:  # чтобы от неудачной загрузки ничего не осталось
        fresh = Path(scratch, "MNIST", "raw")
        fresh.mkdir(parents=True)
        for file in Path(nearby, "MNIST", "raw").iterdir() if nearby else ():
            shutil.copyfile(file, fresh / file.name)
        datasets.MNIST(scratch, download=True)  # распаковывает то, что лежит, и загружает остальное
        for name in names:
            (fresh / name).replace(raw / name)

to_tensor = transforms.ToTensor()
train_data = datasets.MNIST(root, train=True, transform=to_tensor)
test_data = datasets.MNIST(root, train=False, transform=to_tensor)

train_loader = DataLoader(train_data, batch_size=16, shuffle=True, num_workers=0)
test_loader = DataLoader(test_data, batch_size=500, num_workers=0)
print(f"{len(train_data)} примеров для обучения, {len(test_data)} для проверки, {len(train_loader)} батчей в эпохе")

# %% [markdown]
# Посмотрим на один батч: 16 цифр с подписями.

# %%
images, labels = next(iter(train_loader))
print("изображения", tuple(images.shape), images.dtype, "метки", tuple(labels.shape), labels.dtype)
_, panels = plt.subplots(2, 8, figsize=(12, 3.6), layout="constrained")
for panel, image, label in zip(panels.flat, images, labels, strict=True):
    panel.imshow(image.squeeze(0), cmap="gray")
    panel.set_title(str(label.item()))
    panel.axis("off")
plt.show()

# %% [markdown]
# А так сеть видит одну цифру: 784 числа. Те же 28×28 пикселей, и в каждом подписано его значение.

# %%
values, label = images[0].squeeze(0), labels[0].item()  # (28, 28)
_, panel = plt.subplots(figsize=(12, 12), layout="constrained")
panel.imshow(values, cmap="gray", vmin=0, vmax=1)
panel.set_title(f"цифра {label}: 28×28 пикселей")
for row in range(28):
    for column in range(28):
        value = values[row, column].item()
        text = f"{value:.2f}" if value else "0"
        colour = "white" if value < 0.45 else "black"
        panel.text(column, row, text, ha="center", va="center", fontsize=8, color=colour)
plt.show()

# %% [markdown]
# Теперь переобучение можно увидеть. Две сети по 270 000 параметров учатся только на первых 1000 изображениях: одна без
# dropout, другая с ним. После каждой эпохи обе проверяются в режиме `eval()` на этих изображениях и на 1000 других,
# которых они никогда не видели; всё это занимает несколько секунд. Просвет между кривыми — то, что сеть выучила
# наизусть. Без dropout он открывается рано и растёт: потери на незнакомых изображениях поднимаются, а на знакомых идут
# к нулю. С dropout просвет меньше, и верно прочитанных незнакомых изображений обычно чуть больше. Совсем он не
# исчезает: для этого нужно больше примеров, и в разделе 8 мы их добудем.


# %%
def overfit(p, images, labels, unseen, answers, n_epochs=30):
    """Учит на `images` с dropout p; возвращает потери каждой эпохи на них и на `unseen`, а также точность."""
    torch.manual_seed(0)
    net = nn.Sequential(
        nn.Flatten(),
        nn.Linear(784, 256),
        nn.ReLU(),
        nn.Dropout(p),
        nn.Linear(256, 256),
        nn.ReLU(),
        nn.Dropout(p),
        nn.Linear(256, 10),
    )
    criterion, optimizer = nn.CrossEntropyLoss(), torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9)
    curves = []
    for _ in range(n_epochs):
        net.train()
        for chosen in torch.randperm(len(labels)).split(100):
            optimizer.zero_grad()
            criterion(net(images[chosen]), labels[chosen]).backward()
            optimizer.step()
        net.eval()
        with torch.no_grad():
            curves.append([criterion(net(images), labels).item(), criterion(net(unseen), answers).item()])
    with torch.no_grad():
        accuracy = (net(unseen).argmax(dim=1) == answers).float().mean().item()
    return curves, accuracy


few_images, few_labels = next(iter(DataLoader(train_data, batch_size=1000)))
unseen, answers = next(iter(DataLoader(test_data, batch_size=1000)))
_, panels = plt.subplots(1, 2, figsize=(10, 3.6), layout="constrained", sharey=True)
for panel, p in zip(panels, (0, 0.5), strict=True):
    curves, accuracy = overfit(p, few_images, few_labels, unseen, answers)
    learned, read = zip(*curves, strict=True)
    epochs = range(1, len(curves) + 1)
    panel.plot(epochs, learned, label="обучающие изображения")
    panel.plot(epochs, read, label="незнакомые изображения")
    panel.fill_between(epochs, learned, read, alpha=0.15, color="tab:red")
    panel.set(title=f"dropout {p}: точность на незнакомых {100 * accuracy:.1f} %", xlabel="эпоха", ylim=(0, 1.5))
    panel.locator_params(axis="x", integer=True)
panels[0].set_ylabel("средние потери на пример")
panels[0].legend()
plt.show()

# %% [markdown]
# ## 3. Сеть
#
# Многослойный перцептрон из этой главы: 784 → 512 → 512 → 10, после каждого скрытого слоя ReLU и dropout 0,2.
# Последний слой выдаёт оценки: ни ReLU, ни dropout, ни softmax после него нет — softmax входит в функцию потерь.


# %% nbgrader={"grade": false, "grade_id": "net", "locked": false, "schema_version": 3, "solution": true, "task": false}
class Net(nn.Module):
    """Изображения (N, 1, 28, 28) → оценки (N, 10) для любого N ≥ 1."""

    def __init__(self):
        super().__init__()
        # TODO: создайте слои и сохраните каждый как атрибут `self`, иначе `parameters()` их не найдёт.
        # Подсказка: `nn.Flatten`, `nn.Linear(784, 512)`, `nn.ReLU`, `nn.Dropout(0.2)`; `nn.Sequential` соединяет их.
        ### BEGIN SOLUTION
        self.layers = nn.Sequential(
            nn.Flatten(),  # (N, 1, 28, 28) → (N, 784)
            nn.Linear(28 * 28, 512),  # (N, 512)
            nn.ReLU(),
            nn.Dropout(0.2),
            nn.Linear(512, 512),  # (N, 512)
            nn.ReLU(),
            nn.Dropout(0.2),
            nn.Linear(512, 10),  # (N, 10)
        )
        for layer in self.layers:
            if isinstance(layer, nn.Linear):
                # He и др., 2015: дисперсия 2/(число входов), чтобы сигнал, половину которого гасит ReLU, не затухал
                nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
                nn.init.zeros_(layer.bias)
        ### END SOLUTION

    def forward(self, images):
        """Оценки (N, 10): чем больше, тем больше изображение похоже на эту цифру."""
        # TODO: пропустите изображения через слои и верните оценки. Цикл по изображениям не нужен.
        ### BEGIN SOLUTION
        scores = self.layers(images)  # (N, 10)
        return scores
        ### END SOLUTION


# %% nbgrader={"grade": false, "grade_id": "checks", "locked": true, "schema_version": 3, "solution": false, "task": false}
# Тесты для `check` лежат в папке `student` задания: эта тетрадь должна быть в ней или рядом с ней.
places = [place.resolve() for place in (Path(), Path("..")) if (place / "student" / "checking.py").is_file()]
sys.path[:0] = map(str, places)
try:
    from student.checking import speaking

    check = speaking("по-русски")
except ImportError:

    def check(part="…"):
        """Говорит, чего не хватает."""
        print(f"`{part}` не проверяется: положите рядом с тетрадью папку `student` из задания и перезапустите ядро.")
        return 0.0


# %% nbgrader={"grade": true, "grade_id": "net-check", "locked": true, "points": 20, "schema_version": 3, "solution": false, "task": false}
check("net")  # баллы: 20

# %% nbgrader={"grade": true, "grade_id": "dropout-check", "locked": true, "points": 15, "schema_version": 3, "solution": false, "task": false}
check("dropout")  # баллы: 15

# %%
model = Net().to(device)
print(model)
print(f"{sum(parameter.numel() for parameter in model.parameters()):,} параметров")

# %% [markdown]
# ## 4. Функция потерь и оптимизатор
#
# `nn.CrossEntropyLoss` принимает оценки и сама применяет log-softmax. `torch.optim.SGD` делает шаги из пункта 1.5.
# Размер батча и число эпох тоже выбираете вы: программа проверки построит `train_loader` с `BATCH_SIZE` и передаст
# `N_EPOCHS` в `train`.

# %% nbgrader={"grade": false, "grade_id": "objective", "locked": false, "schema_version": 3, "solution": true, "task": false}
# TODO: для первого запуска хватит 16 и 1; для домашнего задания нужно больше, обычно 10–50 эпох.
BATCH_SIZE = 16
N_EPOCHS = 1


def make_criterion():
    """Функция потерь: `(оценки (N, 10), метки (N,)) → число`, среднее по N примерам."""
    # TODO: верните функцию потерь для классификации.
    ### BEGIN SOLUTION
    # Сглаженные метки: 0,955 правильной цифре и по 0,005 остальным. Бесконечно раздвигать оценки больше незачем.
    return nn.CrossEntropyLoss(label_smoothing=0.05)
    ### END SOLUTION


def make_optimizer(model):
    """Оптимизатор, который держит каждый параметр `model` ровно один раз."""
    # TODO: верните оптимизатор. Начните с `torch.optim.SGD(model.parameters(), lr=0.05)`, потом
    # попробуйте `momentum=0.9` и Adam.
    ### BEGIN SOLUTION
    # Это наибольшая скорость расписания, втрое выше той, с которой AdamW обычно работает без расписания.
    # fused: весь шаг за один проход по памяти, а не по проходу на каждое действие формулы.
    return torch.optim.AdamW(model.parameters(), lr=3e-3, weight_decay=0.1, fused=True)


# эти числа вместо тех, что выше: с ними 99 %
BATCH_SIZE = 256
N_EPOCHS = 15
### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "objective-check", "locked": true, "points": 15, "schema_version": 3, "solution": false, "task": false}
check("objective")  # баллы: 15

# %% [markdown]
# ## 5. Цикл обучения
#
# Для каждого батча каждой эпохи шесть действий:
#
# 1. забыть градиенты прошлого батча (`optimizer.zero_grad()`): PyTorch **прибавляет** новые к тем, что уже есть;
# 2. прямой проход: оценки;
# 3. потери;
# 4. обратный проход (`loss.backward()`): градиент каждого параметра;
# 5. шаг оптимизатора (`optimizer.step()`);
# 6. накопить потери, чтобы в конце эпохи напечатать их среднее.
#
# `loss.item()` — среднее по батчу, а последний батч бывает меньше. Чтобы получить среднее по примерам, умножьте на
# размер батча, сложите и разделите на число примеров.
#
# Если `train` понадобятся ваши собственные функции (искажение изображений, расписание скорости), пишите их в той же
# ячейке.


# %% nbgrader={"grade": false, "grade_id": "training", "locked": false, "schema_version": 3, "solution": true, "task": false}
def train(model, train_loader, criterion, optimizer, n_epochs, device):
    """Обучает `model` на месте и возвращает список: средние потери на пример в каждой эпохе.

    `model` уже на устройстве `device`, но в каком она режиме, неизвестно; батчи приходят в памяти процессора.
    """
    # TODO: переведите модель в режим обучения и выполните шесть действий для каждого батча каждой эпохи.
    # Подсказка: tqdm(train_loader, leave=False) показывает ход эпохи; в конце эпохи напечатайте
    # f"Epoch: {epoch} Training Loss: {...:.6f}".
    ### BEGIN SOLUTION
    model.train()
    schedule = one_cycle(optimizer, n_epochs * len(train_loader))
    history = []
    for epoch in range(1, n_epochs + 1):
        running_loss, seen = 0.0, 0
        # disable=None: индикатор есть там, где на него смотрят, и его нет в записях программы проверки
        for images, labels in tqdm(train_loader, f"Epoch {epoch}", leave=False, disable=None):
            images, labels = images.to(device), labels.to(device)  # noqa: PLW2901 - (N, 1, 28, 28), (N,)
            optimizer.zero_grad()  # 1. забыть градиенты прошлого батча
            scores = model(augment(images))  # 2. вперёд: (N, 10)
            loss = criterion(scores, labels)  # 3. число
            loss.backward()  # 4. градиент каждого параметра
            optimizer.step()  # 5. сдвинуть параметры
            schedule.step()
            running_loss += loss.item() * len(labels)  # 6. среднее по батчу на его размер: сумма
            seen += len(labels)
        history.append(running_loss / seen)
        print(f"Epoch: {epoch} Training Loss: {history[-1]:.6f}")
    return history


# Чем сильнее искажения, тем большему они учат, но тем дольше: для N_EPOCHS эпох выгодны такие.
MAX_ANGLE = 6 * torch.pi / 180
MAX_SHIFT = 0.07  # от ширины и высоты: 2 пикселя
MAX_STRETCH = 0.06
MAX_SHEAR = 0.06


def random_affine(n, device):
    """n случайных отображений плоскости (поворот, скос, растяжение, сдвиг): матрицы (n, 2, 3), умножать на (x, y, 1).

    Отображение ведёт из точки нового изображения туда, откуда взять значение; изображение занимает [-1, 1] × [-1, 1].
    """

    def uniform(bound):
        return torch.empty(n, device=device).uniform_(-bound, bound)  # (n,)

    angle, shear = uniform(MAX_ANGLE), uniform(MAX_SHEAR)
    stretch_x, stretch_y = 1 + uniform(MAX_STRETCH), 1 + uniform(MAX_STRETCH)
    shift_x, shift_y = uniform(2 * MAX_SHIFT), uniform(2 * MAX_SHIFT)
    row_x = torch.stack([stretch_x * angle.cos(), stretch_x * (shear - angle.sin()), shift_x], dim=1)  # (n, 3)
    row_y = torch.stack([stretch_y * angle.sin(), stretch_y * angle.cos(), shift_y], dim=1)  # (n, 3)
    return torch.stack([row_x, row_y], dim=1)  # (n, 2, 3)


def pixel_centres(size, device):
    """Точки (x, y, 1) в серединах пикселей изображения: (size, size, 3)."""
    centres = (2 * torch.arange(size, device=device) + 1) / size - 1  # (size,), от -1 до 1
    y, x = torch.meshgrid(centres, centres, indexing="ij")  # (size, size)
    return torch.stack([x, y, torch.ones_like(x)], dim=2)


def augment(images):
    """Слегка сдвинуть каждое изображение по-своему: семёрка остаётся семёркой, а выучить пиксели наизусть нельзя.

    Именно это поднимает точность сети с 98,8 % выше 99 %.
    """
    maps = random_affine(len(images), images.device)  # (N, 2, 3)
    points = pixel_centres(images.shape[-1], images.device)  # (28, 28, 3)
    # все отображения всех точек одним произведением; affine_grid умножает для каждого изображения отдельно, это дольше
    grid = torch.einsum("nij,hwj->nhwi", maps, points)  # (N, 28, 28, 2)
    return nn.functional.grid_sample(images, grid, align_corners=False)  # за краем чёрное


def one_cycle(optimizer, n_steps):
    """Скорость обучения растёт до заданной в оптимизаторе первые 30 % шагов, потом падает почти до нуля."""
    highest = [group["lr"] for group in optimizer.param_groups]
    return torch.optim.lr_scheduler.OneCycleLR(optimizer, highest, total_steps=n_steps, cycle_momentum=False)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "training-check", "locked": true, "points": 20, "schema_version": 3, "solution": false, "task": false}
check("training")  # баллы: 20

# %% [markdown]
# Первый запуск: SGD со скоростью 0,05, батчи по 16, одна эпоха. Простой цикл приходит к точности около 96 %.

# %%
torch.manual_seed(0)
model = Net().to(device)
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
losses = train(model, train_loader, criterion, optimizer, 1, device)

# %% [markdown]
# ## 6. Проверка
#
# `model.eval()` выключает dropout, `torch.no_grad()` — запись вычислений для обратного прохода. Считаем средние потери
# и точность по каждой цифре и по всем вместе.


# %%
def test(model, loader, criterion):
    """Печатает потери и точность по цифрам; возвращает общую точность."""
    loss_sum, correct, total = 0.0, [0] * 10, [0] * 10
    model.eval()
    with torch.no_grad():
        for images, labels in loader:
            scores = model(images.to(device))
            loss_sum += criterion(scores, labels.to(device)).item() * len(labels)
            for predicted, label in zip(scores.argmax(dim=1).tolist(), labels.tolist(), strict=True):
                correct[label] += predicted == label
                total[label] += 1
    print(f"Test Loss: {loss_sum / sum(total):.6f}")
    for digit in range(10):
        share = f"{100 * correct[digit] // total[digit]}%" if total[digit] else "N/A"
        print(f"Test Accuracy of {digit}: {share} ({correct[digit]}/{total[digit]})")
    accuracy = sum(correct) / sum(total)
    print(f"Test Accuracy (Overall): {100 * accuracy:.2f}% ({sum(correct)}/{sum(total)})")
    return accuracy


first_accuracy = test(model, test_loader, criterion)

# %% [markdown]
# ## 7. Что сеть видит
#
# Тестовые изображения с подписью «ответ сети (правильный ответ)»: зелёной, если сеть права, и красной, если нет. В
# первом ряду случайные, во втором — худшие ошибки: те, где правильной цифре сеть приписала наименьшую вероятность.


# %%
def show_answers(model, images, labels):
    """Рисует восемь изображений с ответами сети, а во втором ряду — худшие ошибки."""
    model.eval()
    with torch.no_grad():
        scores = torch.cat([model(part.to(device)).cpu() for part in images.split(500)])  # (N, 10)
    guesses, right = scores.argmax(dim=1), scores.softmax(dim=1)[range(len(labels)), labels]  # (N,), (N,)
    wrong = (guesses != labels).nonzero().squeeze(1)
    worst = wrong[right[wrong].argsort()][:8].tolist()  # сначала те, где вероятность правильной цифры меньше всего
    seeded = torch.Generator().manual_seed(0)  # каждый раз те же восемь
    some = torch.randperm(len(labels), generator=seeded)[:8].tolist()
    _, panels = plt.subplots(2, 8, figsize=(12, 3.6), layout="constrained")
    for panel in panels.flat:
        panel.axis("off")
    for panel, i in zip(panels.flat, some + worst, strict=False):
        guess, truth = guesses[i].item(), labels[i].item()
        panel.imshow(images[i].squeeze(0), cmap="gray")
        panel.set_title(f"{guess} ({truth})", color="tab:green" if guess == truth else "tab:red")
    plt.show()


images, labels = next(iter(DataLoader(test_data, batch_size=len(test_data))))
show_answers(model, images, labels)

# %% [markdown]
# ## 8. Домашнее задание: 99 %
#
# Одной эпохи мало. Добейтесь, чтобы обученная сеть верно читала **не меньше 99 %** тестовых цифр.
#
# **Что можно менять.** Всё, кроме сигнатур: архитектуру, dropout, начальные веса, функцию потерь, оптимизатор и его
# скорость, размер батча, число эпох (обычно 20–50), сам цикл обучения. Нельзя приносить готовые веса: сеть обучат
# заново.
#
# **С чего начать.**
#
# - Больше эпох и `momentum=0.9` или Adam: около 98,3 %.
# - Скорость, которая к концу обучения убывает (`torch.optim.lr_scheduler`): около 98,6 %.
# - Дальше сеть помнит обучающие цифры наизусть: потери на них почти ноль, а точность на тестовых не растёт. Помогает
#   показывать каждую цифру чуть иначе: сдвинутой, повёрнутой, растянутой. Это делают внутри `train`, с целым батчем
#   сразу.
# - Меняйте что-нибудь одно за раз и записывайте результат. Случайность одного запуска — около ±0,1 %.
#
# **Как проверить себя.** `check(…)` говорит то же, что и `pytest student`. Дальше можно работать в этой тетради или в
# файлах `student/net.py`, `student/objective.py` и `student/training.py`: первая команда переносит туда написанное
# и сохранённое здесь.
#
# ```bash
# python -m student from-notebook student/perceptron_ru.ipynb
# pytest student            # за секунды: что уже верно и что делать дальше
# pytest student --full     # то же и настоящее обучение
# ```
#
# **Как сдать.** Папку `student` (можно архивом) или эту тетрадь, где определены `Net`, `make_criterion`,
# `make_optimizer`, `BATCH_SIZE`, `N_EPOCHS` и `train`. Остальные ячейки программа проверки не выполняет.
#
# **Правила.** Не меньше 1 скрытого слоя; не больше 5 000 000 параметров; не больше 15 мин обучения на двух ядрах
# процессора. **Баллы.** Сеть 20; dropout 15; потери и оптимизатор 15; цикл обучения 20; точность 30 (ступени 95, 98 и
# 99 %).
#
# Теперь настоящее обучение. Изображения заранее собраны в один тензор: так эпоха быстрее.


# %%
def in_memory(dataset):
    """Всё множество двумя тензорами: изображения (N, 1, 28, 28) и метки (N,)."""
    images, labels = next(iter(DataLoader(dataset, batch_size=len(dataset))))
    return TensorDataset(images, labels)


torch.manual_seed(0)
model = Net().to(device)
criterion, optimizer = make_criterion(), make_optimizer(model)
full_loader = DataLoader(in_memory(train_data), batch_size=BATCH_SIZE, shuffle=True)
losses = train(model, full_loader, criterion, optimizer, N_EPOCHS, device)

# %%
_, panel = plt.subplots(figsize=(7, 4), layout="constrained")
panel.plot(range(1, len(losses) + 1), losses, marker=".")
panel.set(xlabel="эпоха", ylabel="средние потери на пример", ylim=(0, None))
panel.locator_params(axis="x", integer=True, min_n_ticks=1)
plt.show()
final_accuracy = test(model, test_loader, criterion)
show_answers(model, images, labels)

# %% nbgrader={"grade": true, "grade_id": "accuracy", "locked": true, "points": 30, "schema_version": 3, "solution": false, "task": false}
bars = {0.95: 10, 0.98: 8, 0.99: 12}
points = sum(worth for bar, worth in bars.items() if final_accuracy >= bar)
print(f"точность {100 * final_accuracy:.2f} %: {points} из 30")
float(points)
